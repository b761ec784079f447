/** XSAVE and what belongs to it (Intel SDM vol. 2). */
import type { Execute } from "../decode/row.ts";
import { calls } from "../host-calls.ts";
import type { MemoryOperand } from "../operands.ts";
import { xsaveKinds } from "../x87/xsave.ts";

/** The area's length depends on what is asked for: it is not checked against segment limits beyond the part that is always there. */
const AREA = 576;

const withArea =
  (kind: number, access: "read" | "write"): Execute =>
  (t, a) => {
    const { ir } = t;
    const address = (a as MemoryOperand).address(access, AREA);
    const [low, high] = address.type === "i64" ? [ir.wrap(address), ir.wrap(ir.shrU(address, ir.i64(32)))] : [address, ir.i32(0)];
    t.syncNext();
    ir.call(calls.xsave, ir.i32(kind), low, high, ir.i32(t.i.operandSize));
    t.lookup();
  };
export const XSAVE = withArea(xsaveKinds.save, "write");
export const XSAVEOPT = withArea(xsaveKinds.saveOptimized, "write");
export const XSAVEC = withArea(xsaveKinds.saveCompact, "write");
export const XRSTOR = withArea(xsaveKinds.restore, "read");

export const XGETBV: Execute = (t) => void t.ir.call(calls.xgetbv);
export const XSETBV: Execute = (t) => {
  t.syncNext();
  t.ir.call(calls.xsetbv);
  t.lookup();
};
