import { defineConfig } from "vitest/config";

// `npm run test:live` takes minutes, and the machine should have nothing else to do then.
const live = process.env["DFXTERM_TESTS"] === "live";

export default defineConfig({
  test: {
    include: [live ? "test/live/*.live.ts" : "test/**/*.test.{ts,tsx}"],
    testTimeout: live ? 1_800_000 : 120_000,
    hookTimeout: 60_000,
    pool: "forks",
    maxWorkers: 2,
    env: { NODE_ENV: "test" },
  },
});
