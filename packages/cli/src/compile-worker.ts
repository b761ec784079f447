/** The worker thread in which hot code is compiled. */
import { irOfTargets } from "@tsemu/engine";
import { serveCompiler } from "@tsemu/host-node/compiler";

const mips = (bits: 32 | 64, bigEndian: boolean) => async () => (await import("@tsemu/target-mips")).mipsTarget({ bits, bigEndian });

const x86 = (bits: 32 | 64) => async () => (await import("@tsemu/target-x86")).x86Target(bits);

serveCompiler(
  irOfTargets({
    arm: async () => (await import("@tsemu/target-arm")).armTarget(),
    mips: mips(32, true),
    mipsel: mips(32, false),
    mips64: mips(64, true),
    mips64el: mips(64, false),
    i386: x86(32),
    x86_64: x86(64),
  }),
);
