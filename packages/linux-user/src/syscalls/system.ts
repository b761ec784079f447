/** The machine and the rest: uname, sysinfo, random bytes, prctl, personality. */
import { fail } from "../errno.ts";
import { KERNEL_RELEASE } from "../release.ts";
import { stringBytes } from "../mm/user-access.ts";
import { type Call, syscall, type SyscallRow } from "../syscall-table.ts";

const UTS_FIELD = 65;

function uname({ kernel, memory }: Call, at: number): number {
  const { options, abi, vcpu } = kernel;
  const fields = ["Linux", options.identity.hostName, options.release ?? KERNEL_RELEASE, "#1 SMP tsemu", abi.machine(vcpu.cpu), "(none)"];
  const bytes = new Uint8Array(UTS_FIELD * fields.length);
  fields.forEach((field, i) => bytes.set(stringBytes(field).subarray(0, UTS_FIELD - 1), UTS_FIELD * i));
  memory.write(at, bytes);
  return 0;
}

const PR = {
  SET_PDEATHSIG: 1,
  GET_PDEATHSIG: 2,
  GET_DUMPABLE: 3,
  SET_DUMPABLE: 4,
  GET_KEEPCAPS: 7,
  SET_KEEPCAPS: 8,
  SET_NAME: 15,
  GET_NAME: 16,
  GET_SECCOMP: 21,
  CAPBSET_READ: 23,
  SET_TIMERSLACK: 29,
  GET_TIMERSLACK: 30,
  SET_CHILD_SUBREAPER: 36,
  SET_NO_NEW_PRIVS: 38,
  GET_NO_NEW_PRIVS: 39,
  SET_VMA: 0x5356_4d41,
} as const;

function prctl({ kernel, task, memory }: Call, option: number, argument: number): number {
  switch (option) {
    case PR.SET_NAME:
      task.name = memory.string(argument).slice(0, 15);
      return 0;
    case PR.GET_NAME: {
      const bytes = new Uint8Array(16);
      bytes.set(stringBytes(task.name));
      memory.write(argument, bytes);
      return 0;
    }
    case PR.GET_DUMPABLE:
      return task.process.dumpable;
    case PR.SET_DUMPABLE:
      if (argument > 1) return fail("EINVAL");
      task.process.dumpable = argument;
      return 0;
    case PR.GET_TIMERSLACK:
      return 50_000;
    case PR.CAPBSET_READ:
      return task.process.credentials.euid === 0 ? 1 : 0;
    case PR.GET_KEEPCAPS:
    case PR.GET_SECCOMP:
    case PR.GET_NO_NEW_PRIVS:
    case PR.SET_KEEPCAPS:
    case PR.SET_TIMERSLACK:
    case PR.SET_CHILD_SUBREAPER:
    case PR.SET_NO_NEW_PRIVS:
    case PR.SET_PDEATHSIG:
      return 0;
    default:
      if (option !== PR.SET_VMA) kernel.log.log("unimp", () => `prctl ${option} is not implemented`);
      return fail("EINVAL");
  }
}

export const systemRows: readonly SyscallRow[] = [
  syscall("uname", ["ptr"], uname),
  syscall("sysinfo", ["ptr"], ({ kernel, memory }, at) => {
    const { pool, options, processes } = kernel;
    const total = Math.min(options.identity.memoryBytes, pool.count * 4096);
    const free = Math.max(0, total - pool.used * 4096);
    // In pages, so that 32 bits hold it.
    memory.write(
      at,
      kernel.layout("sysinfo").build({
        uptime: Math.floor(kernel.nowNs() / 1e9),
        totalram: Math.floor(total / 4096),
        freeram: Math.floor(free / 4096),
        procs: processes.size,
        mem_unit: 4096,
      }),
    );
    return 0;
  }),
  syscall("getrandom", ["ptr", "size", "hex"], ({ kernel, memory }, at, size, flags) => {
    if ((flags & ~7) !== 0) return fail("EINVAL");
    const bytes = new Uint8Array(Math.min(size, 0x1ff_ffff));
    kernel.options.random.fill(bytes);
    memory.write(at, bytes);
    return bytes.length;
  }),
  syscall("prctl", ["int", "hex", "hex", "hex", "hex"], prctl),
  syscall("personality", ["hex"], (_call, persona) => (persona === 0xffff_ffff || persona === 0 ? 0 : fail("EINVAL"))),
  syscall("getcpu", ["ptr", "ptr"], ({ memory }, cpu, node) => {
    if (cpu !== 0) memory.setU32(cpu, 0);
    if (node !== 0) memory.setU32(node, 0);
    return 0;
  }),
  // Threads run one after the other: what one wrote, the next one sees.
  syscall("membarrier", ["int", "hex", "int"], (_call, command) => (command === 0 ? 0x1f : 0)),
  // As in qemu-arm: libraries do without, and the kernel would have to keep it true at every switch.
  syscall("rseq", ["ptr", "size", "hex", "hex"], () => fail("ENOSYS")),
  syscall("vhangup", [], () => fail("EPERM")),
  syscall("sethostname", ["str", "size"], () => fail("EPERM")),
];
