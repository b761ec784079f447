/** docs/user-mode.md lists the calls that are not there: no more and no fewer. MISSING_CALLS=1 prints them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { missingCalls } from "@tsemu/linux-user";
import { linuxAbi } from "@tsemu/target-arm/linux";
import { expect, it } from "vitest";

it("the list of missing calls is true", () => {
  const missing = missingCalls(linuxAbi);
  if (process.env.MISSING_CALLS === "1") console.log(missing.join(" "));
  const page = readFileSync(join(import.meta.dirname, "../../docs/user-mode.md"), "utf8");
  const listed = /<!-- missing calls -->(.*?)<!-- end -->/s.exec(page)![1]!.replaceAll("`", "").trim().split(/\s+/);
  expect(listed.toSorted()).toEqual(missing.toSorted());
});
