/** The types of a board: a table of devices with addresses and wires, from which `build` makes the hardware and the device tree is printed. */
import type { Logger } from "@tsemu/base";
import type {
  BlockPort,
  CharPort,
  Clock,
  Device,
  DeviceWires,
  DmaPort,
  IrqLine,
  MemoryBlock,
  MmioDevice,
  NetPort,
  RandomPort,
  VariableMap,
} from "@tsemu/hw";
import type { FrameSource, Keyboard, PciBus } from "@tsemu/devices";
import type { BootImage, FdtNode, KernelModule, NamedFile } from "@tsemu/loader";
import type { SystemRegisters } from "@tsemu/target";
import type { BuiltMachine } from "./build.ts";

/** What a machine needs of the engine and of the host; names in log and dump texts are the rows' names. */
export interface MachineHost {
  readonly clock: Clock;
  readonly log: Logger;
  readonly dma: DmaPort;
  readonly random: RandomPort;
  /** What is beneath is seen only where nothing else is. */
  mapMmio(base: number, size: number, device: MmioDevice, name: string, layer?: "usual" | "ground"): void;
  mapRam(base: number, size: number, name: string): MemoryBlock;
  /** Memory that is seen only where a variable map shows it. */
  memoryBlock(size: number): MemoryBlock;
  /** A part of the map that changes while the machine runs, over everything else or beneath RAM and devices. Shows nothing at first. */
  mapVariable(name: string, layer: "over" | "beneath"): VariableMap;
  /** Registers in the space of I/O ports. Where ranges overlap, the one mapped last is seen. */
  mapIo(port: number, size: number, device: MmioDevice, name: string): void;
  /** The RAM at `to` answers at base too. */
  mapAlias(base: number, size: number, to: number, name: string): void;
  /** Read-only memory of `size` bytes: `bytes`, then zeros. */
  mapRom(base: number, size: number, bytes: Uint8Array, name: string): void;
  /** The interrupt inputs of a CPU, by the target's names. */
  cpuIrq(name: string, cpu: number): IrqLine;
  /** The streams of -serial, in order. */
  readonly serial: readonly (CharPort | undefined)[];
  /** -drive if=virtio and virtio-blk-device, in order. */
  readonly drives: readonly DriveOptions[];
  /** Disks and CD-ROM drives on IDE: two units for each channel. */
  readonly ide?: readonly (IdeOptions | undefined)[];
  /** Images in the drives of a floppy controller, on boards that have one. */
  readonly floppies?: readonly (BlockPort | undefined)[];
  readonly nets: readonly NetOptions[];
  /** virtconsole streams, in order. */
  readonly consoles?: readonly CharPort[];
  /** virtio-rng-device. */
  readonly rngs?: number;
  /** -vga: the graphics card; the board's usual one if not given. */
  readonly graphics?: "std" | "none" | undefined;
  /** There is nobody to look at a picture: firmware is to use the serial port. */
  readonly noGraphic?: boolean;
  /** What comes out of the port that firmware writes its messages to (-debugcon). */
  readonly debugConsole?: CharPort | undefined;
  /** isa-debug-exit: a port by which a guest ends the emulator, and how it is told the status. */
  readonly debugExit?: { readonly port: number; readonly size: number; readonly exit: (status: number) => void } | undefined;
  /** Files that come with the emulator, or with the system it runs on: ROMs of cards. */
  readonly romFile?: (name: string) => Uint8Array | undefined;
  /** -fw_cfg name=...: files for the guest. */
  readonly firmwareFiles?: ReadonlyMap<string, Uint8Array>;
  /** force-legacy=false of QEMU: virtio-mmio as version 2. Default: version 1, as QEMU. */
  readonly modernVirtio?: boolean;
  /** Seconds since 1970 by the guest's wall clock (-rtc base). */
  wallClockSeconds(): number;
  /** The guest switched itself off. */
  shutdown(reason: string): void;
  /** The guest asks for a reset: the engine is to call BuiltMachine.reset and start again. */
  reset(): void;
}

export interface DriveOptions {
  readonly port: BlockPort;
  /** At most 20 bytes, for virtio-blk's GET_ID. */
  readonly serialNumber?: string;
  /** Firmware tries what has one first, in their order. */
  readonly bootIndex?: number | undefined;
}

export interface IdeOptions {
  readonly kind: "disk" | "cdrom";
  /** A CD-ROM drive may be empty. */
  readonly port: BlockPort | undefined;
  /** At most 20 characters; QEMU's if not given. */
  readonly serialNumber?: string;
  readonly bootIndex?: number | undefined;
}

export interface NetOptions {
  readonly port: NetPort;
  /** Six bytes. */
  readonly mac: Uint8Array;
}

/** What -m, -cpu, -smp, -bios chose. */
export interface MachineOptions {
  readonly ramBytes: number;
  readonly cpu: string;
  readonly cpuCount: number;
  readonly firmware?: Uint8Array | undefined;
  readonly boot?: BootOptions | undefined;
}

/** -boot */
export interface BootOptions {
  /** Letters of devices, the first one first. */
  readonly order?: string | undefined;
  /** The order until the first reset. */
  readonly once?: string | undefined;
  /** Firmware is to offer a choice. */
  readonly menu?: boolean | undefined;
  /** Only from what has a boot index. */
  readonly strict?: boolean | undefined;
  /** ms for which the menu can be asked for. */
  readonly splashTime?: number | undefined;
  /** ms until another try where nothing can be booted from; -1: none. */
  readonly rebootTimeout?: number | undefined;
}

/** An input of another device of the same machine. */
export interface Wire {
  readonly to: string;
  readonly input: number;
  /** Edge-triggered, as the device tree is to say. */
  readonly edge?: true;
}

export interface DeviceRow {
  readonly name: string;
  readonly is: DeviceKind;
  /** One range for each MMIO region of the device, or none. */
  readonly at: readonly { readonly base: number; readonly size: number; readonly layer?: "ground" }[];
  /** Ranges of I/O ports, for the regions that come after those. */
  readonly ports?: readonly { readonly base: number; readonly size: number }[];
  /** Where the device's interrupt outputs go. */
  readonly irqs?: readonly Wire[];
  /** Which of several like it: the number of the serial stream, of the virtio slot ... */
  readonly index?: number;
}

/** A kind of device: how to make one, and how it shows in a device tree. */
export interface DeviceKind {
  create(c: DeviceContext): DeviceInstance;
  tree?(row: DeviceRow, t: TreeContext): FdtNode[];
}

export interface DeviceContext {
  readonly row: DeviceRow;
  readonly wires: DeviceWires;
  readonly host: MachineHost;
  readonly machine: MachineDescription;
  readonly options: MachineOptions;
  /** The line at the other end of output n; unconnected if the row names none. */
  irq(n: number): IrqLine;
  /** The machine's RAM: the part that begins at the lowest address. */
  readonly ram: MemoryBlock;
  /** A device that was made before. */
  other(name: string): DeviceInstance;
}

export interface DeviceInstance {
  readonly device: Device;
  /** In the order of the row's `at`, then of its `ports`; undefined where something else is mapped this time. */
  readonly mmio: readonly (MmioDevice | undefined)[];
  input?(n: number): IrqLine;
  /** Of an interrupt controller that is asked: the vector of the most urgent request, which is being served from now on. */
  acknowledge?(): number;
  /** Of a host bridge. */
  readonly pci?: PciBus;
  /** Of a graphics card. */
  readonly display?: FrameSource;
  /** Of a keyboard's controller. */
  readonly keyboard?: Keyboard;
  /** Of who takes messages that are interrupts (MSI). */
  readonly message?: (address: number, data: number) => void;
  /** Of a device that belongs to a CPU. */
  readonly systemRegisters?: SystemRegisters;
}

export interface TreeContext {
  readonly machine: MachineDescription;
  readonly options: MachineOptions;
  readonly random: RandomPort;
}

/** What the command line gives to start with. */
export interface BootFiles {
  readonly kernel?: NamedFile | undefined;
  readonly initrd?: NamedFile | undefined;
  /** -initrd as a list of files with words of their own, as multiboot kernels have it. */
  readonly modules?: readonly KernelModule[] | undefined;
  /** -append */
  readonly commandLine?: string | undefined;
  /** -dtb, in place of the board's own. */
  readonly dtb?: NamedFile | undefined;
}

/** RAM, or with `alias` the RAM at that address once more. */
export interface RamRange {
  readonly base: number;
  readonly size: number;
  readonly alias?: number;
}

export interface MachineDescription {
  readonly name: string;
  readonly description: string;
  /** The one that is meant where the command line names none. */
  readonly isDefault?: true;
  /** Everything to put in memory after a reset; to be done again at every reset (seeds in a device tree are fresh each time). */
  readonly boot: (machine: BuiltMachine, files: BootFiles) => BootImage;
  /** Whether -initrd is a list of modules for this kernel. */
  readonly takesModules?: (kernel: NamedFile | undefined) => boolean;
  readonly target: string;
  /** The CPU models it takes; the first is the default. */
  readonly cpus: readonly string[];
  readonly maxCpus: number;
  readonly ram: {
    readonly base: number;
    readonly defaultBytes: number;
    readonly maxBytes: number;
    /** Where it lies, if it is not all of it at `base`. */
    readonly map?: (bytes: number) => readonly RamRange[];
    /** What is said of more than the board can have, in MiB; the usual if not given. */
    readonly tooMuch?: (megabytes: number) => string;
  };
  /** What an access to an address with nothing behind it does: an external abort, or reads as zero. */
  readonly holes: "abort" | "zero";
  /** Where -bios goes; absent if the board has no place for it. */
  readonly firmware?: {
    readonly base: number;
    readonly size: number;
    /** Its last byte is the last one of that place, and no more is mapped than there is of it. */
    readonly atEnd?: true;
    /** The file that is taken where the command line names none. */
    readonly usual?: string;
  };
  /** Bytes of memory that its devices have beside RAM and firmware. */
  readonly deviceMemory?: number;
  /** ARM: for r1 of the Linux boot protocol. */
  readonly boardId?: number;
  /** How many virtio devices it has room for. */
  readonly virtioSlots: number;
  /** How they are connected, if not over MMIO. */
  readonly virtioBus?: "PCI";
  /** Its own kind of network card, where that is not virtio's; with `isDefault` there is one if the command line says nothing. */
  readonly nic?: { readonly model: string; readonly most: number; readonly isDefault?: true };
  /** How many IDE channels it has, of two units each; absent: none. */
  readonly ideChannels?: number;
  /** How many floppy drives it has room for; absent: none. */
  readonly floppyDrives?: number;
  /** The letters that -boot takes, and how many at a time; absent: the order is nobody's concern. */
  readonly bootDevices?: { readonly letters: string; readonly most: number };
  /** What a -drive that says nothing of its interface is connected to, in QEMU's words. */
  readonly defaultDrive?: "virtio" | "ide" | "scsi";
  /** In the order in which they are made: what a wire leads to comes before what drives it. */
  readonly devices: readonly DeviceRow[];
  /** The device that CPU 0 asks for the vector of an interrupt. */
  readonly acknowledges?: string;
  /** The device whose registers CPU 0 reaches by instructions too. */
  readonly systemRegisters?: string;
  /** Outputs of CPU 0 to the interrupt controller: generic timer, PMU. */
  readonly cpuOutputs: Readonly<Record<string, Wire>>;
  /** The device whose picture is the machine's. */
  readonly display?: string;
  /** The device whose keys are the machine's. */
  readonly keyboard?: string;
  /** The power button presses this input for 100 ms. */
  readonly powerButton?: Wire;
  /** The nodes that belong to no device; absent if the board has no device tree of its own (-dtb, or ATAGS). */
  readonly tree?: (t: TreeContext) => FdtNode;
}
