import type { Call, Reply } from "./rest.js";

// Endpoints that need no token. What the lists of the cloud hold is not documented: these say what is true here.

export function status100({ service }: Call): Reply {
  return { body: service.status() };
}

export function metrics({ service }: Call): Reply {
  return { body: service.metrics.text() };
}

export function mimes101(): Reply {
  return { body: listOf(["application/json", "application/octet-stream"]) };
}

export function roles102(): Reply {
  return { body: listOf(["DEVICE", "USER"]) };
}

export function statuses104(): Reply {
  return { body: listOf(["ACTIVE", "INACTIVE", "CAPTURING", "PROCESSING", "COMPLETE", "ERROR"]) };
}

export function regions108(): Reply {
  return { body: listOf(["local"]) };
}

function listOf(names: readonly string[]): object[] {
  return names.map((name) => ({ ID: name, Name: name }));
}
