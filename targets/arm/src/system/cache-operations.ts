/** Cache and branch predictor maintenance: CP15 c7 (ARM DDI 0406C, B4.2.1). */

/** By CRm and opc2. */
const table: readonly (readonly [crm: number, opc2: number, name: string])[] = [
  [1, 0, "ICIALLUIS"],
  [1, 6, "BPIALLIS"],
  [5, 0, "ICIALLU"],
  [5, 1, "ICIMVAU"],
  [5, 2, "ICISW"],
  [5, 6, "BPIALL"],
  [5, 7, "BPIMVA"],
  [6, 0, "DCIALL"],
  [6, 1, "DCIMVAC"],
  [6, 2, "DCISW"],
  [7, 0, "IDCIALL"],
  [7, 1, "IDCIMVA"],
  [7, 2, "IDCISW"],
  [10, 0, "DCCALL"],
  [10, 1, "DCCMVAC"],
  [10, 2, "DCCSW"],
  [11, 0, "CUALL"],
  [11, 1, "DCCMVAU"],
  [13, 1, "prefetch"],
  [14, 0, "DCCIALL"],
  [14, 1, "DCCIMVAC"],
  [14, 2, "DCCISW"],
  [15, 0, "CIALL"],
  [15, 1, "CIMVA"],
  [15, 2, "CISW"],
];

/**
 * Caches are not modelled: memory is always coherent, and translated code is invalidated by the stores themselves. So these operations have
 * nothing to do, and where they are allowed the translator leaves them out. `key`: as host-calls.ts has it.
 */
export const cacheOperations = table.map(([crm, opc2, name]) => ({ name, key: (15 << 16) | (7 << 8) | (crm << 4) | opc2 }));
