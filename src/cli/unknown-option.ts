import type { Command, CommanderError } from "commander";

import { nearestWord } from "../domain/nearest.js";

/**
 * commander's errors in our form, "dfxterm: unknown option '--x' (Did you mean --y?)"; what stands behind the = of an option
 * that is none is not repeated, because it may be a secret.
 */
export function commandLineError({ code, message }: CommanderError, command: Command): string {
  const text = message.trim().replace(/^error: /, "");
  if (code !== "commander.unknownOption") return text;
  const [name = ""] = (/'(?<option>-[^']*)/.exec(text)?.groups?.["option"] ?? "").split("=");
  const known = command.createHelp().visibleOptions(command);
  if (known.some(({ long }) => long === name)) return `option '${name}' takes no value`;
  const near = name.startsWith("--") ? nearestWord(name.slice(2), known.flatMap(nameOf)) : undefined;
  return `unknown option '${name}'${near === undefined ? "" : ` (Did you mean --${near}?)`}`;
}

function nameOf({ long }: { readonly long?: string | undefined }): string[] {
  return long === undefined ? [] : [long.slice(2)];
}
