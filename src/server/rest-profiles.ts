import { ServedCreateProfile, ServedUpdateProfile } from "../wire/v2-server.js";
import { invalidProfile, profileExists } from "./refusal.js";
import type { Call, Reply } from "./rest.js";
import { pageOfQuery, textOfQuery } from "./rest-query.js";
import { checkText } from "./service.js";
import type { Profile } from "./store/profile-table.js";

const LIST_LIMIT = 25;

/** The npm client asks for it with the token of the device, and lists with that of the user. */
export async function create400({ service, credentials, body }: Call): Promise<Reply> {
  const { userId } = service.accounts.userAt(credentials);
  const { Name, Email } = await body(ServedCreateProfile);
  checkText(Name, "Name");
  checkText(Email ?? "", "Email");
  const id = service.store.profiles.add(userId, Name, Email ?? "", service.nowMs);
  if (id === undefined) throw profileExists();
  return { body: { ID: id } };
}

export function list402({ service, credentials, query }: Call): Reply {
  const { userId } = service.accounts.userOf(credentials);
  const { profiles, count } = service.store.profiles.list(userId, {
    name: textOfQuery(query, "UserProfileName"),
    status: textOfQuery(query, "Status"),
    ...pageOfQuery(query, LIST_LIMIT),
  });
  return { body: profiles.map((profile) => ({ ...profileBody(profile), TotalCount: count })) };
}

export function retrieve401(call: Call): Reply {
  return { body: profileBody(profileOf(call)) };
}

/** What is empty stays as it is. */
export async function update405(call: Call): Promise<Reply> {
  const { service, credentials, body } = call;
  const { userId } = service.accounts.userOf(credentials);
  const { Name, Email, Status } = await body(ServedUpdateProfile);
  const { id, ...profile } = profileOf(call);
  const changed = { name: Name || profile.name, email: Email || profile.email, status: Status || profile.status };
  for (const [name, text] of Object.entries(changed)) checkText(text, name);
  if (!service.store.profiles.update(userId, id, changed, service.nowMs)) throw profileExists();
  return { body: { ID: id } };
}

export function delete404(call: Call): Reply {
  const { service, credentials } = call;
  const { userId } = service.accounts.userOf(credentials);
  service.store.profiles.delete(userId, profileOf(call).id);
  return { body: { success: true } };
}

/**
 * A measurement is of a profile of the user, or of the one who is logged in at the device: of nobody that is not known.
 * @throws Refusal INVALID_USER_PROFILE, RESTRICTED where nobody is logged in, VALIDATION_ERROR.
 */
export function requireProfile(service: Call["service"], credentials: Call["credentials"], id: string): void {
  checkText(id, "UserProfileID");
  if (!service.store.profiles.byId(service.accounts.userAt(credentials).userId, id)) throw invalidProfile();
}

/** Someone else's is one that nobody knows. */
function profileOf({ service, credentials, id }: Call): Profile {
  const { userId } = service.accounts.userOf(credentials);
  const profile = service.store.profiles.byId(userId, id);
  if (!profile) throw invalidProfile();
  return profile;
}

function profileBody({ id, name, email, status, measurements, createdAtMs, updatedAtMs }: Profile): object {
  return {
    ID: id,
    Name: name,
    Email: email,
    Status: status,
    MeasurementCount: measurements,
    Created: Math.floor(createdAtMs / 1000),
    Updated: Math.floor(updatedAtMs / 1000),
  };
}
