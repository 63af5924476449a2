import type { AccountStatus } from "../app/account-status.js";
import type { AccountOptions } from "./account-options.js";
import { atDesk, identityOf, outputWidth, print, say } from "./account-run.js";
import { exitCodeOfError } from "./exit-codes.js";
import { detailsOf, jsonOf, utcTime } from "./records.js";

export interface StatusOptions extends AccountOptions {
  readonly json?: boolean;
}

/** Runs `dfxterm status`: 0 when the login can be used. */
export async function statusCommand(options: StatusOptions): Promise<number> {
  return await atDesk(options, identityOf(options, process.env), async (desk) => {
    const { status, failure } = await desk.status();
    print(options.json ? jsonOf({ ...status, error: failure ?? null }) : statusText(status));
    if (failure === undefined) return 0;
    say(failure.message);
    return exitCodeOfError(failure.code);
  });
}

function statusText({ server, service, user, device, token, study }: AccountStatus): string {
  const said = service && [service.status, service.version && `version ${service.version}`, service.region];
  const expires = token.expires === null ? "" : `, ends ${utcTime(Date.parse(token.expires) / 1000)}`;
  return detailsOf(
    [
      ["Server", `${server.name} (${server.url}, ${server.api})`],
      ["Service", said ? said.filter((part) => part !== null && part !== "").join(", ") : "-"],
      ["User", user ?? (token.state === "none" ? "nobody is logged in" : "the device alone")],
      [
        "Token",
        token.state === "none" ? "-" : `${TOKEN_WORDS[token.state]}${expires}${token.renewable ? ", renewable" : ""}`,
      ],
      ["Device", device.registered ? `registered${device.id === null ? "" : ` as ${device.id}`}` : "not registered"],
      ["Study", study === null ? "none selected" : study.id + (study.name ? ` (${study.name})` : "")],
    ],
    outputWidth(),
  );
}

const TOKEN_WORDS = { valid: "valid", refused: "refused", unknown: "not checked", none: "none" } as const;
