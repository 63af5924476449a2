// Loaded before dfxterm by a test: at the end of the program it makes many objects that stay, which is when V8 gives the main
// thread more room for new ones, and prints how much it then has, in MB, to the file that YOUNG_HEAP names.
import { writeFileSync } from "node:fs";
import { getHeapSpaceStatistics } from "node:v8";
import { isMainThread } from "node:worker_threads";

const OBJECTS = 2_000_000;

if (isMainThread) {
  process.on("exit", () => {
    const kept = Array.from({ length: OBJECTS }, (_, i) => ({ i }));
    const space = getHeapSpaceStatistics().find(({ space_name }) => space_name === "new_space");
    writeFileSync(process.env.YOUNG_HEAP, String(space.space_size / 1024 / 1024 + 0 * kept.length));
  });
}
