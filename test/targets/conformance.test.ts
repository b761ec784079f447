/** Every registered architecture gives what the contract asks for. */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { targets } from "../../packages/cli/src/targets.ts";
import { conformance } from "./conformance.ts";

const root = join(import.meta.dirname, "../..");

describe.each(targets.map((registered) => [registered.name, registered] as const))("%s", (_, registered) => {
  test("conforms", async () => expect(await conformance(registered, root)).toEqual([]));
});
