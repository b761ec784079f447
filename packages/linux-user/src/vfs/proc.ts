/** /proc: the processes, and what there is to know of the machine. */
import type { Kernel } from "../kernel.ts";
import { KERNEL_RELEASE } from "../release.ts";
import { directoryOf, type GeneratedDirectory, GeneratedFileSystem, type GeneratedNode, text } from "./generated-fs.ts";
import { processDirectory } from "./proc-process.ts";

const PROC_MAGIC = 0x9fa0;
const DEVICE = 0x15n;

function memoryInfo(kernel: Kernel): string {
  const total = Math.min(kernel.options.identity.memoryBytes, kernel.pool.count * 4096);
  const free = Math.max(0, total - kernel.pool.used * 4096);
  const kB = (bytes: number): string => String(Math.floor(bytes / 1024)).padStart(8);
  const rows = [
    ["MemTotal", total],
    ["MemFree", free],
    ["MemAvailable", free],
    ["Buffers", 0],
    ["Cached", 0],
    ["SwapCached", 0],
    ["SwapTotal", 0],
    ["SwapFree", 0],
  ] as const;
  return rows.map(([name, bytes]) => `${`${name}:`.padEnd(15)} ${kB(bytes)} kB\n`).join("");
}

function statText(kernel: Kernel): string {
  const ticks = Math.floor(kernel.nowNs() / 1e7);
  const boot = Number((kernel.realtimeNs() - BigInt(kernel.nowNs())) / 1_000_000_000n);
  const times = `${ticks} 0 0 0 0 0 0 0 0 0`;
  return `cpu  ${times}\ncpu0 ${times}\nintr 0\nctxt 0\nbtime ${boot}\nprocesses ${kernel.processes.size}\nprocs_running 1\nprocs_blocked 0\n`;
}

const seconds = (ns: number): string => (ns / 1e9).toFixed(2);

function systemEntries(kernel: Kernel): Record<string, GeneratedNode> {
  const { options } = kernel;
  const release = options.release ?? KERNEL_RELEASE;
  return {
    cpuinfo: text(() => kernel.abi.cpuInfo(kernel.vcpu.cpu)),
    meminfo: text(() => memoryInfo(kernel)),
    mounts: { kind: "link", target: () => "self/mounts" },
    filesystems: text(() => "nodev\tproc\nnodev\ttmpfs\n"),
    loadavg: text(() => `0.00 0.00 0.00 1/${kernel.tasks.size} ${kernel.lastPid}\n`),
    stat: text(() => statText(kernel)),
    uptime: text(() => `${seconds(kernel.nowNs())} 0.00\n`),
    version: text(() => `Linux version ${release} (tsemu) #1 SMP\n`),
    sys: directoryOf({
      kernel: directoryOf({
        hostname: text(() => `${options.identity.hostName}\n`),
        osrelease: text(() => `${release}\n`),
        ostype: text(() => "Linux\n"),
        pid_max: text(() => "4194304\n"),
        ngroups_max: text(() => "65536\n"),
        cap_last_cap: text(() => "40\n"),
        version: text(() => "#1 SMP tsemu\n"),
      }),
      vm: directoryOf({
        overcommit_memory: text(() => "0\n"),
        mmap_min_addr: text(() => `${kernel.abi.layout.mmapMin}\n`),
      }),
    }),
  };
}

/** The file system to mount at /proc. */
export function procFileSystem(kernel: Kernel): GeneratedFileSystem {
  const system = systemEntries(kernel);
  const current = (): number => kernel.mounts.caller?.process.pid ?? 0;
  const root: GeneratedDirectory = {
    kind: "directory",
    names: () => [...[...kernel.processes.keys()].map(String), "self", "thread-self", ...Object.keys(system)],
    get(name) {
      if (name === "self") return { kind: "link", target: () => String(current()) };
      if (name === "thread-self") return { kind: "link", target: () => `${current()}/task/${kernel.mounts.caller?.tid ?? 0}` };
      if (!/^[0-9]+$/.test(name)) return Object.hasOwn(system, name) ? system[name] : undefined;
      const process = kernel.processes.get(Number(name)) ?? kernel.tasks.get(Number(name))?.process;
      return process === undefined ? undefined : processDirectory(kernel, process);
    },
  };
  const { uid, gid } = kernel.options.identity;
  return new GeneratedFileSystem("proc", PROC_MAGIC, DEVICE, root, () => ({ uid, gid, timeNs: kernel.realtimeNs() }));
}
