import { z } from "zod";

import { type MeasurementMode, MODE_SECONDS_MAX } from "../domain/measurement-terms.js";

// JSON bodies of the version 1 REST endpoints that a measurement uses. Requests are what the published
// clients send; unknown keys are ignored on both sides. The numbers are the vendor's action IDs.

/** 705: POST /organizations/licenses, no authorization. */
export const RegisterLicense = z.object({
  Key: z.string(),
  DeviceTypeID: z.string().catch(""),
  Name: z.string().catch(""),
  Identifier: z.string().catch(""),
  Version: z.string().catch(""),
});

// SimpleClient 1.2.0 shifts these by one, so the server takes any text or null in them.
const Loose = z.union([z.string(), z.number(), z.null()]).optional();

/** 200: POST /users, device token. */
export const CreateUser = z.object({
  FirstName: Loose,
  LastName: Loose,
  Email: z.string().min(1),
  Password: z.string().min(1),
  PhoneNumber: Loose,
  Gender: Loose,
  DateOfBirth: Loose,
  HeightCm: Loose,
  WeightKg: Loose,
});
export const CreateUserReply = z.object({ ID: z.string().min(1) });

/** 201: POST /users/auth, device token. */
export const Login = z.object({ Email: z.string(), Password: z.string() });

const MODES = Object.keys(MODE_SECONDS_MAX) as MeasurementMode[];

/** 504: POST /measurements, user token. */
export const CreateMeasurement = z.object({
  StudyID: z.string().min(1),
  Resolution: z.number().int().min(0).max(100).catch(0),
  UserProfileID: z.string().nullish(),
  Mode: z.enum(MODES).catch("DISCRETE"),
});
export const CreateMeasurementReply = z.object({ ID: z.string().min(1) });

/** 506: POST /measurements/<id>/data, user token. `Payload` is base64. */
export const AddData = z.object({
  ChunkOrder: z.number().int().min(0).max(0xffff_ffff),
  Action: z.string(),
  StartTime: z.number().min(0).catch(0),
  EndTime: z.number().min(0).catch(0),
  Duration: z.number().min(0).catch(0),
  Meta: z.string().catch(""),
  Payload: z.base64(),
});

/** Its answer, in both versions; in version 2 the number is the service's own count. */
export const DataReply = z.object({ ChunkOrder: z.number().int().min(0).optional().catch(undefined) });

/** Failure of any endpoint. */
export const ErrorReply = z.object({
  Code: z.string(),
  Message: z.string().nullish().catch(null),
  Errors: z.unknown().optional(),
});

const RetrievedChannel = z.object({
  Data: z.array(z.number()),
  Multiplier: z.number(),
  Notes: z.array(z.string()).optional(),
});

/** 500: GET /measurements/<id>, user token; only the keys that clients read. */
export const RetrieveReply = z.object({
  ID: z.string(),
  StatusID: z.string().catch("UNKNOWN"),
  DataSizeBytes: z.number().optional().catch(undefined),
  Results: z.record(z.string(), z.array(RetrievedChannel)).catch({}),
});
export type Retrieved = z.infer<typeof RetrieveReply>;
