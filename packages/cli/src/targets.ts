/** Every guest architecture that the programs have. The compiler's worker and the tests of all targets take them from here. */
import type { Target } from "@tsemu/target";

export interface RegisteredTarget {
  /** As `Target.name`. */
  readonly name: string;
  /** Its folder under targets/. */
  readonly folder: string;
  load(): Promise<Target>;
}

const mips = async (bits: 32 | 64, bigEndian: boolean): Promise<Target> =>
  (await import("@tsemu/target-mips")).mipsTarget({ bits, bigEndian });
const x86 = async (bits: 32 | 64): Promise<Target> => (await import("@tsemu/target-x86")).x86Target(bits);

export const targets: readonly RegisteredTarget[] = [
  { name: "arm", folder: "arm", load: async () => (await import("@tsemu/target-arm")).armTarget() },
  { name: "mips", folder: "mips", load: () => mips(32, true) },
  { name: "mipsel", folder: "mips", load: () => mips(32, false) },
  { name: "mips64", folder: "mips", load: () => mips(64, true) },
  { name: "mips64el", folder: "mips", load: () => mips(64, false) },
  { name: "i386", folder: "x86", load: () => x86(32) },
  { name: "x86_64", folder: "x86", load: () => x86(64) },
];
