/**
 * The emulator's linear memory, and how generated code is called. Everything below RAM_BASE is the emulator's own:
 *
 *   0x00_0000  unused: 0 is "none" for every pointer
 *   0x00_1000  cells          single words shared by generated code and the engine (below)
 *   0x00_1100  shortcuts      4 MMU indexes x loads, stores x SHORTCUTS_EACH x { tag (64 bits), addend, credit }
 *   0x00_1900  trials         the same for TRIALS_EACH
 *   0x00_2000  state          the vCPU's StateLayout; pc at +0, its upper word at +4 (where addresses have 64 bits), block flags at +8
 *   0x00_4000  temporaries    of the interpreter, 16 bytes each
 *   0x01_0000  TLB            4 MMU indexes x entries as in tlbShapes
 *   0x05_0000  jump cache     JUMP_CACHE_ENTRIES x { pc, flags, descriptor, address space }
 *   0x25_0000  arena          block descriptors, link cells, constants, tier-0 code
 *   RAM_BASE   guest RAM and ROM, one range each, in the order they were mapped
 *
 * All words are little-endian u32.
 */
export const CELLS = 0x1000;
export const STATE_BASE = 0x2000;
export const STATE_LIMIT = 0x2000;
export const TEMPS = 0x4000;
export const TEMP_COUNT = 0xc00;
export const JUMP_CACHE = 0x5_0000;
export const JUMP_CACHE_ENTRIES = 0x2_0000;
/** Which entry of the jump cache a pc has: one of the PAGE_JUMPS that its page has. */
export const jumpCacheIndex = (pc: number): number => ((pc >>> 1) ^ (pc >>> 13)) & (JUMP_CACHE_ENTRIES - 1);
/** Entries of a page; they begin at a multiple of it. */
export const PAGE_JUMPS = 2048;
export const TLB = 0x1_0000;
/** Bytes of an MMU index. */
export const TLB_MMU_SIZE = 0x1_0000;
export const ARENA = 0x25_0000;
export const RAM_BASE = 0x400_0000;

/** How many bits a virtual address of the target has: all its models' code is made for one or the other. */
export type AddressBits = 32 | 64;

/** Entries of the TLB for an MMU index, and what is where in them: tags are as wide as addresses. */
export const tlbShapes = {
  32: { entries: 4096, size: 16, read: 0, write: 4, addend: 8, global: 12 },
  64: { entries: 2048, size: 32, read: 0, write: 8, addend: 16, global: 20 },
} as const;

/**
 * Addresses of the state slots that generated code knows; every StateLayout begins with them. Blocks know the lower words of addresses only, and
 * gotos lead to the same upper word: while a block is executed, PC_HIGH is the upper word of its addresses.
 */
export const PC = STATE_BASE;
export const PC_HIGH = STATE_BASE + 4;
export const FLAGS = STATE_BASE + 8;

/** Smallest guest page of the TLB: 4 KiB. */
export const PAGE_BITS = 12;
/** A TLB tag that no masked address equals (bit 11 is never part of a page address or an alignment). */
export const INVALID_TAG = 0x800;

/** Instructions that may still be executed in this slice. A block that has more than that leaves instead of starting. */
export const BUDGET = CELLS;
/** What goes with an exit reason. */
export const EXIT_ARG = CELLS + 4;
export const EXIT_ARG2 = CELLS + 8;
/** The value of a slow-path access, up to 16 bytes. */
export const SCRATCH = CELLS + 16;
/** Number of the present address space; entries of the jump cache hold in the one they name, or in all (0). */
export const SPACE = CELLS + 40;
/**
 * What compiled code found in the TLB last, by the guest register that the address was made of: a tag and an addend as in the TLB, but at an address
 * that does not depend on that of the access, so that the access need not wait for it. Forgotten whenever the TLB changes for the worse.
 * The tag has 64 bits, so that one that holds for no page is less than 2^32 away from none: an access that may be unaligned is compared by
 * its distance from the page, which shows at once whether it ends in it.
 */
export const SHORTCUTS = CELLS + 0x100;
export const SHORTCUTS_EACH = 16;
export const shortcut = { tag: 0, addend: 8, credit: 12, size: 16 } as const;
export const SHORTCUTS_MMU_SIZE = 2 * SHORTCUTS_EACH * shortcut.size;
/**
 * Shortcuts of accesses to tables, which may go to and fro between pages: that costs a mispredicted branch each time. Such a shortcut has a credit,
 * of which a slice gives it so much. A miss takes one; once there is none left, the shortcut leads to no page, which is predicted.
 */
export const TRIALS = SHORTCUTS + 4 * SHORTCUTS_MMU_SIZE;
export const TRIALS_EACH = 8;
export const TRIALS_MMU_SIZE = 2 * TRIALS_EACH * shortcut.size;
export const TRIAL_CREDIT = 2048;

/** Descriptor of the block that tier 0 executes. */
export const CURRENT = CELLS + 32;

/**
 * A block descriptor: what generated code knows of a block. Never freed before the whole arena is; when its code goes stale, `fn`
 * becomes TABLE_STALE, so that whoever still jumps there asks the engine. `entry`: by which of its ways in a region is entered here.
 */
export const descriptor = { fn: 0, code: 4, pc: 8, flags: 12, insns: 16, heat: 20, entry: 24, pcHigh: 28, size: 32 } as const;

/** Functions of the table that are always there; interpreter handlers follow, regions start at FIRST_REGION. All have type (i32) -> i32. */
export const TABLE_ENTER = 0;
export const TABLE_STALE = 1;
export const TABLE_LOOKUP = 2;
/** The same where addresses have 64 bits. */
export const TABLE_LOOKUP_WIDE = 3;
/** Looks up the pc and flags of the descriptor: for links to blocks that need more than their own page to be mapped as it was. */
export const TABLE_RELOOK = 4;
export const TABLE_RELOOK_WIDE = 5;
export const FIRST_HANDLER = 6;
export const FIRST_REGION = 2048;

/** Why generated code returned to the engine. */
export const exits = {
  /** The block in EXIT_ARG needs more instructions than the budget has. Nothing of it was executed. */
  budget: 0,
  /** The link cell in EXIT_ARG leads to a block that is not known yet. */
  unlinked: 1,
  /** pc and flags are in their slots; the jump cache does not know them. */
  lookup: 2,
  /** The block in EXIT_ARG has become hot. Nothing of it was executed. */
  hot: 3,
  /** Exception EXIT_ARG with argument EXIT_ARG2; the site is in SITE. */
  raise: 4,
  /** Stop for the reason in EXIT_ARG; pc and flags are in their slots. */
  stop: 5,
  /** A slow path or helper recorded a fault; all state is written back. */
  fault: 6,
} as const;

/** Where a raise or fault happened: a tier-0 record's address, or a region's site number with the top bit set. */
export const SITE = CELLS + 36;

/** What a lookup in tier 0 found lately: a counter, then the descriptors of as many blocks, written round and round. */
export const lookupRing = { count: 0, found: 4, entries: 16, size: 4 + 4 * 16 } as const;

/** A link cell: descriptor or 0, then the pc and flags it stands for. */
export const linkCell = { descriptor: 0, pc: 4, flags: 8, size: 12 } as const;
