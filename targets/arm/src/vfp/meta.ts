/** What a core must have for a row of the VFP and Advanced SIMD tables. */
import type { Features } from "../cpu-models.ts";

/** Conditions by the name that rows use; merged with those of the integer tables. */
export const vfpConditions = {
  vfp2: (f: Features) => f.vfp >= 2,
  vfp3: (f: Features) => f.vfp >= 3,
  vfp4: (f: Features) => f.vfp >= 4,
  /** Conversions between half and single precision, in VFP. */
  vfpHalf: (f: Features) => f.vfp >= 3 && f.halfPrecision,
  neon: (f: Features) => f.neon,
  /** The same, of vectors. */
  neonHalf: (f: Features) => f.neon && f.halfPrecision,
  /** VFMA and VFMS of vectors. */
  neonVfp4: (f: Features) => f.neon && f.vfp >= 4,
} as const;

export interface VfpMeta {
  readonly needs: keyof typeof vfpConditions;
}

/** Does a core with these features have the row? */
export const hasRow = (meta: Readonly<Partial<VfpMeta>>, features: Features): boolean =>
  meta.needs === undefined || vfpConditions[meta.needs](features);
