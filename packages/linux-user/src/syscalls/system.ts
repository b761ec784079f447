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
  syscall("personality", ["hex"], (_call, persona) => (persona === 0xffff_ffff || persona === 0 ? 0 : fail("EINVAL"))),
  syscall("getcpu", ["ptr", "ptr"], ({ memory }, cpu, node) => {
    if (cpu !== 0) memory.setU32(cpu, 0);
    if (node !== 0) memory.setU32(node, 0);
    return 0;
  }),
  // As in qemu-arm: libraries do without, and the kernel would have to keep it true at every switch.
  syscall("rseq", ["ptr", "size", "hex", "hex"], () => fail("ENOSYS")),
];
