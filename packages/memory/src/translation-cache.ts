/**
 * Translations that fell out of the TLB or belong to other address spaces than the present one: a larger table that only the slow path looks
 * into, so that it need not walk the guest's tables again. Entries carry the number of their address space (numbers are never used twice, so
 * a flush only has to take a new number); those that hold in every space carry the number that globals have at the time.
 */
const ENTRIES = 0x1_0000;
const MMU_INDEXES = 4;

export const rights = { read: 1, write: 2 } as const;

export class TranslationCache {
  readonly #pages = new Uint32Array(ENTRIES);
  /** Upper words of the pages' addresses. */
  readonly #highs = new Uint32Array(ENTRIES);
  readonly #spaces = new Uint32Array(ENTRIES);
  readonly #physical = new Float64Array(ENTRIES);
  readonly #hosts = new Uint32Array(ENTRIES);
  readonly #rights = new Uint8Array(ENTRIES);

  #place(va: number, mmuIdx: number): number {
    return ((va >>> 12) * MMU_INDEXES + mmuIdx) & (ENTRIES - 1);
  }

  /** Where the page of va is translated in the space, or among globals; -1 if it is not known. */
  find(va: number, high: number, mmuIdx: number, space: number, globals: number): number {
    const at = this.#place(va, mmuIdx);
    const owner = this.#spaces[at]!;
    // The mmuIdx is in the place, which has more bits than that.
    if (owner === 0 || (owner !== space && owner !== globals)) return -1;
    return this.#pages[at] === va >>> 12 && this.#highs[at] === high ? at : -1;
  }

  put(va: number, high: number, mmuIdx: number, owner: number, physical: number, host: number, allowed: number): void {
    const at = this.#place(va, mmuIdx);
    this.#pages[at] = va >>> 12;
    this.#highs[at] = high;
    this.#spaces[at] = owner;
    this.#physical[at] = physical;
    this.#hosts[at] = host;
    this.#rights[at] = allowed;
  }

  /** Forgets the page of va, in whichever space. */
  drop(va: number, mmuIdx: number): void {
    this.#spaces[this.#place(va, mmuIdx)] = 0;
  }

  ownerOf(at: number): number {
    return this.#spaces[at]!;
  }
  /** Physical address of the page. */
  physicalOf(at: number): number {
    return this.#physical[at]!;
  }
  /** Its address in the emulator's memory. */
  hostOf(at: number): number {
    return this.#hosts[at]!;
  }
  rightsOf(at: number): number {
    return this.#rights[at]!;
  }
}
