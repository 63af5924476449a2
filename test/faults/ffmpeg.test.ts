import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { resolveFfmpeg } from "../../src/source/ffmpeg-binary.js";
import { clip, freshFolder } from "../helpers/program.js";
import { isLong, outcomeOf, Scene, undisturbed } from "./scene.js";

// ffmpeg that misbehaves while it decodes: a script in its place, which does everything else as the true one.

const CHUNKS = isLong ? 4 : 2;
const ARGS = [clip, "--chunklength", "5", "--videolength", String(CHUNKS * 5)];
const expected = undisturbed(() => ARGS);
const real = (await resolveFfmpeg({ flag: undefined, env: process.env })).path;

// Descriptors 1 and 3 are the pipes for pictures and times: whoever holds them open hides ffmpeg's end.
const later = (seconds: number, signal: string): string =>
  `(exec >/dev/null 2>&1 3>&-; sleep ${seconds}; kill -${signal} $$) & exec "${real}" "$@"`;

/** What it does when it decodes, and what is said of it; undefined: it is no failure. */
const FAULTS = [
  ["ends with status 0 in the middle", `exec "${real}" -t 7 "$@"`, /can be decoded only up to [67]\.\d s/],
  ["is killed", later(0.4, "KILL"), /was lost at .* its decoder \(ffmpeg\) was ended by SIGKILL/],
  ["gives up with status 1", later(0.4, "TERM"), /was lost at .* its decoder \(ffmpeg\) was ended with status \d+/],
  ["prints garbage as times", `"${real}" "$@" 3>/dev/null; echo '0, garbage, \\001' >&3`, /clip|face-72bpm/],
  ["prints garbage as pictures", `head -c 3000000 /dev/urandom; exit 0`, /face-72bpm/],
  ["prints garbage on stderr", `head -c 300000 /dev/urandom >&2; exec "${real}" "$@"`, undefined],
  ["is silent", "sleep 0.3; exit 0", /face-72bpm/],
  ["stops", later(0.4, "STOP"), /sent no picture for 30 s/],
] as const;

describe("an ffmpeg that", () => {
  for (const [what, script, words] of isLong ? FAULTS : FAULTS.slice(0, 1)) {
    test(`${what} ends the measurement in one sentence, and a sound one goes on with it`, async () => {
      const fake = join(freshFolder("ffmpeg"), "ffmpeg");
      writeFileSync(fake, `#!/bin/sh\ncase "$*" in *fifo_format*) ;; *) exec "${real}" "$@" ;; esac\n${script}\n`);
      chmodSync(fake, 0o755);
      const scene = await Scene.set();
      const ended = await scene.measure([...ARGS, "--ffmpeg", fake]).finished;
      scene.expectSound(ended);
      if (words === undefined) {
        expect(outcomeOf(ended)).toEqual(await expected());
      } else {
        expect(ended.status, ended.stderr).not.toBe(0);
        expect(ended.stderr).toMatch(words);
        const mayGoOn = scene.kept.length > 0 || /was lost|no picture/.test(ended.stderr);
        if (isLong && mayGoOn) await scene.expectRecovery(await expected());
      }
      await scene.close();
    });
  }
});
