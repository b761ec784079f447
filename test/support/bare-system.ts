/** The virt board with a program in its memory and nothing around it, for tests that run it in this thread. */
import { Logger, type LogItem } from "@tsemu/base";
import type { RegionCompiler } from "@tsemu/engine";
import { defaultLimits } from "@tsemu/engine";
import { FakeCharPort, SeededRandom } from "@tsemu/hw";
import { ImmediateCompiler, nodeHostLoop } from "@tsemu/host-node";
import { versatilepb, virtArm } from "@tsemu/machines";
import { System, type SystemOptions } from "@tsemu/system";
import { armTarget } from "@tsemu/target-arm";

/** Where the RAM of the virt board begins. */
export const RAM = 0x4000_0000;
export const MiB = 2 ** 20;

export interface BareOptions {
  /** Absent: tier 0 alone. */
  readonly compiler?: RegionCompiler | undefined;
  /** Executions until a block is compiled. */
  readonly threshold?: number;
  readonly ramBytes?: number;
  readonly board?: "virt" | "versatilepb";
  /** Absent: virtual time is the instruction count, 2^3 ns each. */
  readonly realTime?: boolean;
  readonly sleep?: boolean;
  readonly log?: { readonly items: readonly LogItem[]; write(text: string): void };
  readonly ports?: Partial<SystemOptions["ports"]>;
}

export const bareSystem = (o: BareOptions = {}) => {
  const serial = new FakeCharPort();
  const versatile = o.board === "versatilepb";
  const system = new System({
    target: armTarget(),
    machine: versatile ? versatilepb : virtArm,
    machineOptions: { ramBytes: o.ramBytes ?? 4 * MiB, cpu: versatile ? "arm926" : "cortex-a15", cpuCount: 1 },
    log: o.log === undefined ? new Logger() : new Logger(o.log.items, o.log.write),
    host: nodeHostLoop,
    random: new SeededRandom(1),
    ports: { serial: [serial], drives: [], nets: [], ...o.ports },
    icountShift: o.realTime === true ? undefined : 3,
    icountSleep: o.sleep,
    wallClockStart: 1_700_000_000,
    compiler: o.compiler,
    limits: { ...defaultLimits, threshold: o.threshold ?? 2 },
  });
  return { system, serial };
};

export const loadCompiler = (): Promise<ImmediateCompiler> => Promise.resolve(new ImmediateCompiler());

/** A32 instructions as bytes. */
export const words = (...code: readonly number[]): Uint8Array => new Uint8Array(Uint32Array.from(code).buffer);

/** FNV-1a over 32-bit words, with what follows in 64-bit strength not needed: a difference is what is looked for, not an attack. */
export const hashBytes = (bytes: Uint8Array, start = 0x811c_9dc5): number => {
  const u32 = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
  let hash = start | 0;
  for (let i = 0; i < u32.length; i++) hash = Math.imul(hash ^ u32[i]!, 0x0100_0193) ^ (hash >>> 15);
  return hash >>> 0;
};

/** All of the guest's registers and memory in one number. */
export const hashMachine = (system: System): string => {
  let hash = hashBytes(system.vcpu.state.bytes);
  for (const region of system.space.regions) {
    if (region.kind === "mmio") continue;
    hash = hashBytes(system.vcpu.memory.u8.subarray(region.host, region.host + region.size), hash);
  }
  return hash.toString(16);
};
