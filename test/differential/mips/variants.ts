/** The CPUs that vectors are recorded from: byte order, width and model, and how run-vectors.c is built for each. */
export interface Variant {
  readonly name: string;
  readonly bits: 32 | 64;
  readonly bigEndian: boolean;
  /** Status.FR. */
  readonly fr: 0 | 1;
  readonly cpu: string;
  readonly qemu: string;
  readonly compiler: readonly string[];
}

export const variants: readonly Variant[] = [
  {
    name: "mipsel",
    bits: 32,
    bigEndian: false,
    fr: 0,
    cpu: "74Kf",
    qemu: "qemu-mipsel",
    compiler: ["mipsel-linux-gnu-gcc", "-march=74kf", "-mdspr2", "-mfp32"],
  },
  {
    name: "mips",
    bits: 32,
    bigEndian: true,
    fr: 1,
    cpu: "24Kf",
    qemu: "qemu-mips",
    compiler: ["mips-linux-gnu-gcc", "-mips32r2", "-mfp64"],
  },
  {
    name: "mips64el",
    bits: 64,
    bigEndian: false,
    fr: 1,
    cpu: "MIPS64R2-generic",
    qemu: "qemu-mips64el",
    compiler: ["mips64el-linux-gnuabi64-gcc", "-mips64r2"],
  },
  {
    name: "mips64",
    bits: 64,
    bigEndian: true,
    fr: 1,
    cpu: "MIPS64R2-generic",
    qemu: "qemu-mips64",
    compiler: ["mips64-linux-gnuabi64-gcc", "-mips64r2"],
  },
];
