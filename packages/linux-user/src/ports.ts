/** What the kernel needs of whoever runs it. */
import type { Logger } from "@tsemu/base";
import type { RegionCompiler, RegionLimits } from "@tsemu/engine";
import type { HostFiles, HostIdentity, HostNet, RandomPort } from "@tsemu/hw";
import type { LinuxAbi, Target } from "@tsemu/target";

/** The host's event loop. */
export interface HostLoop {
  /** Milliseconds since some moment. */
  now(): number;
  /** Lets the host's events be dealt with. */
  turn(): Promise<void>;
  sleep(ms: number): { readonly done: Promise<void>; cancel(): void };
}

export interface KernelOptions {
  readonly target: Target;
  readonly abi: LinuxAbi;
  readonly cpu: string;
  readonly log: Logger;
  readonly loop: HostLoop;
  readonly files: HostFiles;
  readonly identity: HostIdentity;
  readonly random: RandomPort;
  /** The host's network; without it there is none. */
  readonly net?: HostNet | undefined;
  /** Nanoseconds since 1970 when loop.now() was 0. */
  readonly epochNs: bigint;
  readonly compiler?: RegionCompiler | undefined;
  readonly limits?: RegionLimits | undefined;
  /** Absolute paths are looked up under this directory of the host first (`-L`). */
  readonly sysroot?: string | undefined;
  /**
   * A directory of the host that is all of the host's files that programs see: nothing outside of it is reached, whatever they do.
   * A real path: no links in it, and no slash at its end. The sysroot is looked for inside.
   */
  readonly root?: string | undefined;
  /** uname's release (`-r`). */
  readonly release?: string | undefined;
  readonly stackBytes?: number | undefined;
  /** Guest memory at the most, all processes together. */
  readonly memoryBytes?: number | undefined;
  /** Threads of all processes at the most. */
  readonly mostTasks?: number | undefined;
  /** Where lines of -strace go. */
  readonly strace?: ((text: string) => void) | undefined;
}

/** How the first process ended. */
export type ProcessEnd = { readonly kind: "exit"; readonly code: number } | { readonly kind: "signal"; readonly signal: number };
