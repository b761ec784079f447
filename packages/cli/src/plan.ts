/** What a command line asks for, as data: nothing has been opened yet. */
import type { AddressRange, LogItem } from "@tsemu/base";
import type { BootOptions, MachineDescription } from "@tsemu/machines";
import type { Target } from "@tsemu/target";

/** A program: which machines it has. */
export interface Program {
  /** What messages begin with. */
  readonly name: string;
  readonly target: Target;
  readonly machines: readonly MachineDescription[];
}

export type Tier = "0" | "1" | "mixed";

export interface MachinePlan {
  readonly machine: MachineDescription;
  readonly cpu: string;
  readonly cpuCount: number;
  readonly ramBytes: number;
  readonly tier: Tier;
  /** Compile in a thread of its own. */
  readonly compileThread: boolean;
  /** Where translated code is kept for the next run: a folder, "off", or undefined for the usual one. */
  readonly codeCache: string | undefined;
  readonly dumpDtb: string | undefined;
  readonly kernel: string | undefined;
  readonly initrd: string | undefined;
  readonly append: string | undefined;
  readonly dtb: string | undefined;
  readonly bios: string | undefined;
  readonly bootOptions: BootOptions;
}

export interface DrivePlan {
  readonly id: string;
  readonly file: string;
  readonly readOnly: boolean;
  /** Writes stay in memory. */
  readonly snapshot: boolean;
  /** When a write counts as done: as the guest asks; only on stable storage; flushes are not carried out at all. */
  readonly cache: "writeback" | "writethrough" | "unsafe";
  /** No format was given. */
  readonly guessed: boolean;
  /** The option, for messages. */
  readonly text: string;
  /** What the drive is connected to; "none": it waits for a -device. */
  readonly interface: "virtio" | "ide" | "floppy" | "none";
  /** Which of those on its interface it is. */
  readonly index: number;
  readonly media: "disk" | "cdrom";
}

/** A disk of the guest. */
export interface DiskPlan {
  /** The drive's. */
  readonly drive: string;
  readonly serialNumber: string | undefined;
  /** bootindex= */
  readonly bootIndex: number | undefined;
}

/** A disk or a CD-ROM drive on IDE; without a drive it is empty. */
export interface IdePlan {
  readonly kind: "disk" | "cdrom";
  readonly drive: string | undefined;
  readonly serialNumber: string | undefined;
  readonly bootIndex: number | undefined;
}

export interface CharPlan {
  readonly id: string;
  readonly backend:
    | { readonly kind: "stdio"; readonly signals: boolean }
    | { readonly kind: "file"; readonly path: string; readonly append: boolean }
    | { readonly kind: "null" };
  readonly mux: boolean;
  readonly text: string;
}

export interface NicPlan {
  readonly backend: "loopback" | "null";
  readonly mac: Uint8Array;
}

export interface TimePlan {
  /** Virtual time is counted in instructions. */
  readonly icount: { readonly shift: number; readonly sleep: boolean } | undefined;
  /** Seconds since 1970 at the start. */
  readonly wallClockStart: number;
}

export interface LogPlan {
  readonly items: readonly LogItem[];
  readonly file: string | undefined;
  readonly ranges: readonly AddressRange[] | undefined;
}

export interface SystemPlan extends MachinePlan {
  readonly name: string | undefined;
  readonly drives: readonly DrivePlan[];
  readonly disks: readonly DiskPlan[];
  /** By unit: two for each channel. */
  readonly ide: readonly (IdePlan | undefined)[];
  readonly chars: readonly CharPlan[];
  /** The character devices of serial ports, by id; undefined where a port leads nowhere. */
  readonly serial: readonly (string | undefined)[];
  readonly consoles: readonly (string | undefined)[];
  readonly monitor: string | undefined;
  /** The character device for firmware's messages. */
  readonly debugConsole: string | undefined;
  readonly display: "none" | "curses";
  readonly graphics: "std" | "none" | undefined;
  /** Firmware is to use the serial port. */
  readonly noGraphic: boolean;
  readonly debugExit: { readonly port: number; readonly size: number } | undefined;
  /** Folders with ROMs. */
  readonly romFolders: readonly string[];
  readonly nics: readonly NicPlan[];
  readonly rngs: number;
  readonly modernVirtio: boolean;
  readonly time: TimePlan;
  readonly log: LogPlan;
  readonly paused: boolean;
  /** Where gdb connects, as -gdb has it. */
  readonly gdb: string | undefined;
  /** Run both tiers in step. */
  readonly lockstep: boolean;
  readonly noReboot: boolean;
  readonly noShutdown: boolean;
  readonly seed: number | undefined;
  /** The terminal's escape character. */
  readonly escape: number;
  readonly warnings: readonly string[];
}
