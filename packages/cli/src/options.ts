/** The command line's options as rows. From them come the parser, the text of -help and docs/reference/options.md. */
export interface OptionRow {
  readonly name: string;
  /** Other spellings. */
  readonly aliases?: readonly string[];
  /** What follows it; absent if it stands alone. */
  readonly arg?: string;
  /** May be given several times, each time for another thing. Otherwise the last one counts. */
  readonly many?: true;
  /** Lines for -help. */
  readonly help: readonly string[];
  /** Taken and ignored, for the sake of scripts written for QEMU. */
  readonly ignored?: true;
}

export interface OptionSection {
  readonly title: string;
  readonly rows: readonly OptionRow[];
}

export const sections: readonly OptionSection[] = [
  {
    title: "Standard options",
    rows: [
      { name: "h", aliases: ["help"], help: ["display this help and exit"] },
      { name: "version", help: ["display version information and exit"] },
      {
        name: "machine",
        aliases: ["M"],
        arg: "[type=]name[,prop[=value][,...]]",
        many: true,
        help: [
          "select the emulated machine ('-machine help' for a list)",
          "accel=tcg selects the accelerator",
          "dumpdtb=file writes the device tree to a file and exits",
          "kernel=, initrd=, append=, dtb=, firmware= are as the options of those names",
        ],
      },
      { name: "cpu", arg: "cpu", help: ["select the CPU ('-cpu help' for a list)"] },
      {
        name: "accel",
        arg: "[accel=]tcg[,prop[=value][,...]]",
        many: true,
        help: [
          "select the accelerator ('-accel help' for a list)",
          "thread=single|multi (multi, the default: compile hot code in a thread of its own)",
          "tier=0|1|mixed (0: interpret only; 1: compile everything before it runs; mixed, the default: compile what is hot)",
          "code-cache=dir|off (where translated code is kept for the next run; ~/.cache/tsemu if not given)",
        ],
      },
      { name: "tier", arg: "0|1|mixed", help: ["the same as -accel tcg,tier="] },
      {
        name: "smp",
        arg: "[cpus=]n[,maxcpus=n][,sockets=n][,dies=n][,clusters=n][,cores=n][,threads=n]",
        help: ["set the number of CPUs to n [default=1]"],
      },
      { name: "m", arg: "[size=]megs", help: ["set the size of the guest's RAM, in MiB unless it has a suffix k, M, G or T"] },
      {
        name: "global",
        arg: "driver.property=value",
        many: true,
        help: ["set a default for a driver's property:", "virtio-mmio.force-legacy=on|off [default=on]"],
      },
      { name: "name", arg: "string", help: ["a name for the guest; only shown by the monitor"] },
    ],
  },
  {
    title: "Block device options",
    rows: [
      { name: "hda", arg: "file", many: true, help: ["use file as the image of hard disk 0, as -drive file=file,index=0 does"] },
      { name: "hdb", arg: "file", many: true, help: ["the same for hard disk 1"] },
      { name: "hdc", arg: "file", many: true, help: ["the same for hard disk 2"] },
      { name: "hdd", arg: "file", many: true, help: ["the same for hard disk 3"] },
      {
        name: "fda",
        arg: "file",
        many: true,
        help: ["use file as the image in floppy drive 0, as -drive file=file,if=floppy,index=0 does"],
      },
      { name: "fdb", arg: "file", many: true, help: ["the same for floppy drive 1"] },
      { name: "cdrom", arg: "file", many: true, help: ["use file as a CD-ROM, as -drive file=file,index=2,media=cdrom does"] },
      {
        name: "drive",
        arg: "[file=file][,if=type][,index=i|,bus=n,unit=m][,media=disk|cdrom][,id=name][,format=raw][,readonly=on|off][,snapshot=on|off][,cache=mode]",
        many: true,
        help: [
          "use file as a disk image; if=virtio or if=ide, whichever the machine has, makes a disk of it,",
          "if=none leaves that to a -device",
        ],
      },
      { name: "snapshot", help: ["write to temporary memory instead of disk image files"] },
    ],
  },
  {
    title: "Device options",
    rows: [
      {
        name: "device",
        arg: "driver[,prop[=value][,...]]",
        many: true,
        help: ["add a device ('-device help' for a list, '-device driver,help' for its properties)"],
      },
      { name: "nodefaults", help: ["don't create default devices"] },
    ],
  },
  {
    title: "Network options",
    rows: [
      {
        name: "netdev",
        arg: "loopback|hubport,id=str",
        many: true,
        help: ["loopback: every frame comes back to its sender", "('-netdev help' for a list)"],
      },
      {
        name: "nic",
        arg: "none|loopback[,mac=addr][,model=virtio|pcnet]",
        many: true,
        help: ["a network card together with its backend"],
      },
      { name: "net", arg: "none", many: true, help: ["use no network at all"] },
    ],
  },
  {
    title: "Character device options",
    rows: [
      {
        name: "chardev",
        arg: "backend,id=id[,mux=on|off][,...]",
        many: true,
        help: ["null,id=id[,mux=on|off]", "stdio,id=id[,mux=on|off][,signal=on|off]", "file,id=id,path=path[,append=on|off]"],
      },
      {
        name: "serial",
        arg: "dev",
        many: true,
        help: ["redirect the next serial port to dev: stdio, mon:stdio, null, none, file:path, chardev:id"],
      },
      { name: "monitor", arg: "dev", many: true, help: ["redirect the monitor to dev: stdio, none, null, file:path, chardev:id"] },
      { name: "debugcon", arg: "dev", help: ["redirect the port of firmware's messages (0x402 of a PC) to dev, as -serial does"] },
      { name: "echr", arg: "chr", help: ["set the terminal's escape character, in place of Ctrl-A (1)"] },
    ],
  },
  {
    title: "Display options",
    rows: [
      {
        name: "display",
        arg: "none|curses",
        help: [
          "curses: the screen in text mode on the terminal, whose keys are the keyboard's; Alt-2 shows the monitor, Alt-1 the screen again",
        ],
      },
      { name: "vga", arg: "std|none", help: ["the graphics card of machines that have one; the monitor's screendump shows its picture"] },
      { name: "nographic", help: ["redirect serial port and monitor to the terminal (as without any of -display, -serial, -monitor)"] },
    ],
  },
  {
    title: "Boot image options",
    rows: [
      {
        name: "boot",
        arg: "[order=drives][,once=drives][,menu=on|off][,splash-time=ms][,reboot-timeout=ms][,strict=on|off]",
        many: true,
        help: [
          "what the firmware boots from: a and b floppies, c disks, d CD-ROMs; once= counts until the first reset",
          "menu=on lets the firmware offer a choice, for splash-time ms; strict=on: only devices with bootindex=",
        ],
      },
      { name: "bios", arg: "file", help: ["use file as the firmware"] },
      { name: "L", arg: "path", many: true, help: ["look for firmware and ROMs of cards in that folder, too"] },
      {
        name: "kernel",
        arg: "bzImage",
        help: [
          "use file as the kernel: a zImage, bzImage, Image or uImage of Linux, or an ELF file (on PCs with a multiboot header or an entry for PVH)",
        ],
      },
      { name: "append", arg: "cmdline", help: ["use cmdline as the kernel's command line"] },
      {
        name: "initrd",
        arg: "file",
        help: ['use file as the initial RAM disk; of a multiboot kernel "file words,file words" are its modules'],
      },
      { name: "dtb", arg: "file", help: ["use file as the device tree image"] },
    ],
  },
  {
    title: "Debug and run control options",
    rows: [
      { name: "S", help: ["do not start the CPU ('c' in the monitor starts it)"] },
      { name: "s", help: ["the same as -gdb tcp::1234"] },
      {
        name: "gdb",
        arg: "dev",
        help: ["let gdb connect at dev: tcp:[host]:port (the host is this one if it is not named) or unix:path"],
      },
      { name: "d", arg: "item1,...", help: ["log the items ('-d help' for a list)"] },
      { name: "D", arg: "logfile", help: ["write the log to logfile [default=stderr]"] },
      {
        name: "dfilter",
        arg: "range,..",
        help: ["log only what concerns code in these address ranges: first..last, first+size, last-size"],
      },
      {
        name: "lockstep",
        help: [
          "run two machines in step, one interpreting and one compiling, and report the first block after which they differ",
          "(counts instructions as -icount sleep=off does; disk images are not written to; exit code 1 if there is a difference)",
        ],
      },
      { name: "seed", arg: "number", help: ["seed the source of randomness, so that a run with -icount sleep=off can be repeated"] },
      { name: "no-reboot", help: ["exit instead of rebooting"] },
      { name: "no-shutdown", help: ["stop instead of exiting when the guest shuts down"] },
      {
        name: "icount",
        arg: "[shift=]N|auto|off[,sleep=on|off][,align=off]",
        help: [
          "let virtual time be the number of executed instructions, 2^N ns each",
          "sleep=off: waiting takes no time, and every run is the same",
        ],
      },
      {
        name: "rtc",
        arg: "[base=utc|localtime|<datetime>][,clock=host|rt|vm]",
        help: ["set the real-time clock: to now, to local time, or to 2006-06-17T16:01:21"],
      },
    ],
  },
  {
    title: "Taken and ignored",
    rows: [
      { name: "no-user-config", ignored: true, help: ["there are no configuration files"] },
      { name: "mem-prealloc", ignored: true, help: ["memory is the host's to allocate"] },
      { name: "sandbox", arg: "spec", ignored: true, help: ["the emulator runs inside the JavaScript engine's sandbox"] },
      { name: "runas", arg: "user", ignored: true, help: ["start it as that user"] },
      { name: "parallel", arg: "dev", many: true, ignored: true, help: ["no machine has a parallel port"] },
      { name: "audio", arg: "spec", ignored: true, help: ["no machine has a sound device"] },
    ],
  },
];

export const optionRows: readonly OptionRow[] = sections.flatMap((s) => s.rows);

/** The row of an option by name or alias, without dashes. */
export const findOption = (name: string): OptionRow | undefined =>
  optionRows.find((row) => row.name === name || row.aliases?.includes(name) === true);

export const version = "0.1.0";
