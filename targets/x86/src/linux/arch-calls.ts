/** Calls that only x86 has: descriptors for thread-local storage, segment bases, rights to ports. */
import type { ArchCall, ArchSyscall, UserMemory } from "@tsemu/target";
import { seg } from "../state.ts";
import type { X86Cpu } from "../x86-cpu.ts";
import { getThreadArea, setThreadArea } from "./descriptors.ts";

const EPERM = -1;
const EINVAL = -22;
/** The first address that segments may not begin at. */
const TASK_SIZE = 0x7fff_ffff_f000;

/** struct user_desc: entry, base, limit, flags. */
const DESC_BYTES = 16;

/** struct user_desc at an address; the entry that was chosen is written back. */
export function threadArea(cpu: X86Cpu, memory: UserMemory, at: number): number {
  const bytes = new Uint8Array(DESC_BYTES);
  memory.read(at, bytes);
  const view = new DataView(bytes.buffer);
  const field = (n: number): number => view.getUint32(4 * n, true);
  const entry = setThreadArea(cpu, { entry: field(0), base: field(1), limit: field(2), flags: field(3) });
  if (entry < 0) return entry;
  if (field(0) === 0xffff_ffff) {
    view.setUint32(0, entry, true);
    memory.write(at, bytes.subarray(0, 4));
  }
  // Segment registers that name the entry have its old content until they are loaded.
  return 0;
}

function readThreadArea(cpu: X86Cpu, memory: UserMemory, at: number): number {
  const bytes = new Uint8Array(DESC_BYTES);
  memory.read(at, bytes.subarray(0, 4));
  const view = new DataView(bytes.buffer);
  const desc = getThreadArea(cpu, view.getUint32(0, true));
  if (desc === undefined) return EINVAL;
  [desc.entry, desc.base, desc.limit, desc.flags].forEach((value, i) => view.setUint32(4 * i, value, true));
  memory.write(at, bytes);
  return 0;
}

const ARCH = { SET_GS: 0x1001, SET_FS: 0x1002, GET_FS: 0x1003, GET_GS: 0x1004, GET_CPUID: 0x1011 } as const;

function archPrctl(cpu: X86Cpu, memory: UserMemory, code: number, address: number): number {
  // CPUID never faults.
  if (code === ARCH.GET_CPUID) return 1;
  if (!cpu.is64) return EINVAL;
  const n = code === ARCH.SET_GS || code === ARCH.GET_GS ? seg.GS : seg.FS;
  const { base } = cpu.s.segments[n]!;
  if (code === ARCH.SET_FS || code === ARCH.SET_GS) {
    if (address < 0 || address >= TASK_SIZE) return EPERM;
    cpu.setWide(base, address >>> 0, Math.floor(address / 2 ** 32));
    return 0;
  }
  if (code !== ARCH.GET_FS && code !== ARCH.GET_GS) return EINVAL;
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, cpu.get(base), true);
  view.setUint32(4, cpu.high(base), true);
  memory.write(address, bytes);
  return 0;
}

/** Nobody gets at ports; to have no right to them is always allowed. */
const iopl = (level: number): number => (level > 3 ? EINVAL : level > 0 ? EPERM : 0);
const PORTS = 0x1_0000;
function ioperm(from: number, count: number, on: number): number {
  if (count === 0 || from + count > PORTS) return EINVAL;
  return on !== 0 ? EPERM : 0;
}

const x86 = ({ cpu }: ArchCall): X86Cpu => cpu as X86Cpu;

export const archSyscalls: readonly ArchSyscall[] = [
  { name: "set_thread_area", args: ["ptr"], run: (call, at) => threadArea(x86(call), call.memory, at!) },
  { name: "get_thread_area", args: ["ptr"], run: (call, at) => readThreadArea(x86(call), call.memory, at!) },
  { name: "arch_prctl", args: ["int", "ptr"], run: (call, code, at) => archPrctl(x86(call), call.memory, code!, at!) },
  { name: "iopl", args: ["uint"], run: (_call, level) => iopl(level!) },
  { name: "ioperm", args: ["size", "size", "int"], run: (_call, from, count, on) => ioperm(from!, count!, on!) },
];
