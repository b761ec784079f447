/** How often each row was met: by a test run, a fuzzer, or a guest. Held by whoever wants to know; nothing counts by itself. */
export class Coverage {
  readonly #counts = new Map<string, number>();

  /** Names the rows that are to be met, so that missing() can tell. */
  constructor(rows: readonly { readonly name: string }[]) {
    for (const row of rows) this.#counts.set(row.name, 0);
  }

  /** Counts one meeting. A row that was not named to the constructor counts too. */
  count(row: { readonly name: string }): void {
    this.#counts.set(row.name, (this.#counts.get(row.name) ?? 0) + 1);
  }

  /** How often the row of this name was met. */
  of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  /** Names of rows never met, in table order. */
  missing(): string[] {
    return [...this.#counts].filter(([, n]) => n === 0).map(([name]) => name);
  }

  /** Names and counts, most frequent first. */
  entries(): [string, number][] {
    return [...this.#counts].toSorted((a, b) => b[1] - a[1]);
  }
}
