import { z } from "zod";

import { AddData, CreateMeasurement, CreateUser, Login, RegisterLicense } from "./v1-rest.js";

// JSON bodies of requests as the server takes them: those of version 1 with what version 2 adds, and those that version 2
// alone has. Published clients send null or "" for what they do not know. The numbers are the vendor's action IDs.

const Seconds = z.coerce.number().positive().nullish().catch(undefined);
const Text = z.string().nullish().catch(undefined);

/** Version 2 says how long tokens shall live; version 1 does not know that they can end. */
const TokenWishes = z.object({
  TokenExpiresIn: Seconds,
  RefreshTokenExpiresIn: Seconds,
  TokenSubject: Text,
  MFAToken: Text,
});

/** 705: POST /organizations/licenses. */
export const ServedRegisterLicense = RegisterLicense.extend(TokenWishes.shape);

/** 200: POST /users. */
export const ServedCreateUser = CreateUser;

/** 208: PATCH /users; what is empty stays as it is. */
export const ServedUpdateUser = CreateUser.extend({ Email: Text, Password: Text });

/** 201: POST /users/auth. */
export const ServedLogin = Login.extend(TokenWishes.shape);

/** 2304: POST /auths/renew. */
export const ServedRenew = z.object({
  Token: z.string().min(1),
  RefreshToken: z.string().min(1),
  RefreshTokenExpiresIn: Seconds,
});

/** 2305: POST /auths/generateToken. */
export const ServedGenerateToken = z.object({
  Token: z.string().min(1),
  RefreshToken: z.string().min(1),
  expiryInSec: Seconds,
});

/** 400: POST /users/profiles. */
export const ServedCreateProfile = z.object({ Name: z.string().min(1), Email: Text });

/** 405: PATCH /users/profiles/<id>; what is empty stays as it is. */
export const ServedUpdateProfile = z.object({ Name: Text, Email: Text, Status: Text });

/** 809 and 810: POST /studies/sdkconfig[/hash]. */
export const ServedStudyConfig = z.object({ StudyID: z.string(), SDKID: Text, MD5Hash: Text });

/** 504: POST /measurements. */
export const ServedCreateMeasurement = CreateMeasurement.extend({
  PartnerID: Text,
  Mode: CreateMeasurement.shape.Mode.optional(),
});

/** 506: POST /measurements/<id>/data. Version 2 leaves the number of a chunk to the server. */
export const ServedAddData = AddData.extend({
  ChunkOrder: z.coerce.number().int().min(0).max(0xffff_ffff).nullish(),
});
