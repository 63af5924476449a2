import { z } from "zod";

// JSON bodies of the version 2 REST endpoints for accounts, studies, profiles and past measurements. The numbers are the
// vendor's action IDs. Of records that are only shown, unknown keys are kept and odd values become "not there": a service
// that adds or drops a field must not make a list unreadable.

/** Seconds that the Python client asks for; the server may give less. */
export const TOKEN_SECONDS = { token: 86_400, refresh: 2_592_000 } as const;

/** A token goes into a header, so it is printable ASCII without a space; JSON Web Tokens are some hundred characters. */
export const Token = z.string().regex(/^[!-~]{1,16384}$/);

const Text = z.string().nullish().catch(undefined);
const Count = z.number().nullish().catch(undefined);

/** 705: POST /organizations/licenses, no authorization. */
export const RegisterReplyV2 = z.object({
  Token,
  RefreshToken: Text,
  DeviceID: Text,
});

/** 201: POST /users/auth and 2304: POST /auths/renew. */
export const TokenPairReply = z.object({ Token, RefreshToken: Text });

/** 100: GET /status, no authorization. `StatusID` is ACTIVE, MAINTENANCE, ERROR or LATENCY. */
export const StatusReply = z.looseObject({ StatusID: z.string(), Version: Text, Region: Text });
export type ServerStatus = z.infer<typeof StatusReply>;

/** 107: GET /auth; `exp` in epoch seconds. */
export const VerifyReply = z.looseObject({ exp: Count, DeviceID: Text, OrganizationID: Text });
export type TokenFacts = z.infer<typeof VerifyReply>;

/** 202: GET /users, also in version 1. */
export const UserReply = z.looseObject({ Email: Text });

/** In the first row of a list; profiles have it as text. */
export const Total = z.looseObject({ TotalCount: z.coerce.number().int().min(0) });

/** 805 and 804: GET /studies[/id]. `Created` and `Updated` in epoch seconds. */
export const StudyRecord = z.looseObject({
  ID: z.string(),
  Name: Text,
  Description: Text,
  StatusID: Text,
  Measurements: Count,
  Participants: Count,
  Created: Count,
  Updated: Count,
});
export type StudyRecord = z.infer<typeof StudyRecord>;

/** 809: POST /studies/sdkconfig. The Python client gets base64, the C++ client a buffer as Node writes it. */
export const StudyConfigReply = z.object({
  ConfigFile: z.union([z.base64(), z.object({ data: z.array(z.number().int().min(0).max(255)) })]),
  MD5Hash: z.string().min(1),
});

/** 401 and 402: GET /users/profiles[/id]. */
export const ProfileRecord = z.looseObject({
  ID: Text,
  Name: Text,
  Email: Text,
  Status: Text,
  MeasurementCount: Count,
  Created: Count,
  Updated: Count,
});
export type ProfileRecord = z.infer<typeof ProfileRecord>;

/** 400: POST /users/profiles. Some versions of the service answer with the bare ID. */
export const CreatedReply = z.union([z.object({ ID: z.string().min(1) }), z.string().min(1)]);

/** 501: GET /measurements. */
export const MeasurementRow = z.looseObject({
  ID: z.string(),
  StudyID: Text,
  StatusID: Text,
  UserProfileID: Text,
  UserProfileName: Text,
  Mode: Text,
  Created: Count,
  Updated: Count,
});
export type MeasurementRow = z.infer<typeof MeasurementRow>;

const Entry = z.looseObject({
  Data: z.array(z.number()).catch([]),
  Multiplier: z.number().catch(0),
  Notes: z.array(z.string()).nullish().catch(undefined),
});
const Words = z.record(z.string(), Text).nullish().catch(undefined);

/** 500: GET /measurements/<id>, also in version 1, which gives fewer keys. */
export const MeasurementRecord = z.looseObject({
  ...MeasurementRow.shape,
  Resolution: Count,
  DeviceID: Text,
  PartnerID: Text,
  // One odd signal must not hide the others.
  Results: z.record(z.string(), z.array(Entry).catch([])).nullish().catch(undefined),
  SignalNames: Words,
  SignalUnits: Words,
  SignalDescriptions: Words,
});
export type MeasurementRecord = z.infer<typeof MeasurementRecord>;
