/** Power State Coordination Interface 1.1 (ARM DEN 0022D) for one CPU, as firmware behind HVC or SMC. */
import type { CpuState } from "@tsemu/target";

const functions = {
  version: 0x8400_0000,
  cpuSuspend: 0x8400_0001,
  cpuOff: 0x8400_0002,
  cpuOn: 0x8400_0003,
  affinityInfo: 0x8400_0004,
  migrateInfoType: 0x8400_0006,
  systemOff: 0x8400_0008,
  systemReset: 0x8400_0009,
  features: 0x8400_000a,
} as const;

const SUCCESS = 0;
const NOT_SUPPORTED = -1;
const INVALID_PARAMETERS = -2;
const DENIED = -3;
const ALREADY_ON = -4;

const known: ReadonlySet<number> = new Set(Object.values(functions));

/** Carries out the call whose function number and arguments are in r0..r3, with the result in r0. False if it is no PSCI call. */
export function psci(state: CpuState, power: { shutdown(reason: string): void; reset(): void }): boolean {
  const r = (n: number): number => state.layout.slot(`r${n}`).offset >> 2;
  const id = state.u32[r(0)]!;
  if ((id & 0xffff_ffe0) >>> 0 !== 0x8400_0000) return false;
  const result = (): number => {
    switch (id) {
      case functions.version:
        return 0x1_0001;
      case functions.migrateInfoType:
        // No migration is needed: there is no Trusted OS.
        return 2;
      case functions.features:
        return known.has(state.u32[r(1)]!) ? SUCCESS : NOT_SUPPORTED;
      case functions.affinityInfo:
        return (state.u32[r(1)]! & 0xff_ffff) === 0 ? 0 : INVALID_PARAMETERS;
      case functions.cpuOn:
        return (state.u32[r(1)]! & 0xff_ffff) === 0 ? ALREADY_ON : INVALID_PARAMETERS;
      case functions.cpuOff:
        // The last CPU may not go off by itself.
        return DENIED;
      case functions.cpuSuspend:
        // Returning at once is a wake-up, which may happen any time.
        return SUCCESS;
      case functions.systemOff:
        power.shutdown("guest-shutdown");
        return SUCCESS;
      case functions.systemReset:
        power.reset();
        return SUCCESS;
      default:
        return NOT_SUPPORTED;
    }
  };
  state.i32[r(0)] = result();
  return true;
}
