import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

const unit = ["packages/*/src/**/*.test.ts", "targets/*/src/**/*.test.ts", "test/**/*.test.ts"];

/** Runs do not depend on those before: user mode keeps no code, where a test does not ask for it. */
const env = { TSEMU_CODE_CACHE: "off" };

export default defineConfig({
  test: {
    // All processors: left to itself, Vitest keeps one free, which of two is half.
    maxWorkers: availableParallelism(),
    projects: [
      { test: { name: "unit", include: unit, exclude: ["test/guests/**", "**/node_modules/**"], testTimeout: 60_000, env } },
      {
        test: {
          name: "guests",
          include: ["test/guests/**/*.test.ts"],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
          // Tests that say so run two at a time: the emulator's threads are busy one at a time, mostly.
          maxConcurrency: 2,
          env,
        },
      },
    ],
  },
});
