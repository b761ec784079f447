import { expect, it } from "vitest";
import { sourceHash as hashNow } from "../build/source-hash.ts";
import { sourceHash } from "./interpreter.generated.ts";

it("the generated interpreter is that of its sources", () => {
  // After a change of one of them: npm run build -w packages/interpreter
  expect(sourceHash).toBe(hashNow());
});
