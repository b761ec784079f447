/**
 * What a text terminal would show: enough of a VT102 (ECMA-48) for tests to read the screens of programs that draw on one. Characters are
 * kept, colours and other attributes are not; scrolling regions, tabs and wide characters are not modelled.
 */
export class Screen {
  readonly columns: number;
  readonly rows: number;
  readonly #cells: string[][];
  #row = 0;
  #column = 0;
  /** In DEC's line drawing set, where lower case letters are lines. */
  #drawing = false;
  #inserting = false;
  /** The beginning of an escape sequence whose end has not come yet. */
  #pending = "";

  constructor(columns = 80, rows = 24) {
    this.columns = columns;
    this.rows = rows;
    this.#cells = Array.from({ length: rows }, () => this.#blank());
  }

  /** The lines, without the spaces at their ends. */
  get lines(): string[] {
    return this.#cells.map((cells) => cells.join("").trimEnd());
  }

  get text(): string {
    return this.lines.join("\n");
  }

  write(text: string): void {
    let rest = this.#pending + text;
    this.#pending = "";
    while (rest !== "") {
      if (rest.startsWith("\x1b")) {
        const match = sequence.exec(rest);
        if (match === null) {
          this.#pending = rest;
          return;
        }
        this.#escape(match);
        rest = rest.slice(match[0].length);
      } else {
        this.#character(rest[0]!);
        rest = rest.slice(1);
      }
    }
  }

  #blank(): string[] {
    return Array<string>(this.columns).fill(" ");
  }

  #character(c: string): void {
    if (c === "\r") this.#column = 0;
    else if (c === "\n") this.#lineFeed();
    else if (c === "\b") this.#column = Math.max(0, Math.min(this.#column, this.columns) - 1);
    else if (c >= " ") this.#put(this.#drawing ? (lines[c] ?? c) : c);
  }

  #put(c: string): void {
    // A line that was filled to its end continues on the next with the next character, not before.
    if (this.#column >= this.columns) {
      this.#column = 0;
      this.#lineFeed();
    }
    const cells = this.#cells[this.#row]!;
    if (this.#inserting) {
      cells.splice(this.#column, 0, c);
      cells.length = this.columns;
    } else cells[this.#column] = c;
    this.#column++;
  }

  #lineFeed(): void {
    if (this.#row < this.rows - 1) this.#row++;
    else {
      this.#cells.shift();
      this.#cells.push(this.#blank());
    }
  }

  #escape(match: RegExpExecArray): void {
    const [, parameters, command, set] = match;
    if (set !== undefined) this.#drawing = set === "0";
    if (command === undefined) return;
    const numbers = parameters!.split(";").map(Number);
    const count = Math.max(1, numbers[0]!);
    const column = Math.min(this.#column, this.columns - 1);
    const move = (row: number, column: number): void => {
      this.#row = Math.max(0, Math.min(row, this.rows - 1));
      this.#column = Math.max(0, Math.min(column, this.columns - 1));
    };
    if (command === "H" || command === "f") move(count - 1, Math.max(1, numbers[1] ?? 1) - 1);
    else if (command === "A") move(this.#row - count, column);
    else if (command === "B") move(this.#row + count, column);
    else if (command === "C") move(this.#row, column + count);
    else if (command === "D") move(this.#row, column - count);
    else if (command === "J" || command === "K") this.#erase(command, numbers[0]!);
    else if ((command === "h" || command === "l") && parameters === "4") this.#inserting = command === "h";
  }

  /** From the cursor to the end (0), from the start to the cursor (1), or all (2): of the screen (J) or of the line (K). */
  #erase(command: "J" | "K", what: number): void {
    const cursor = this.#row * this.columns + Math.min(this.#column, this.columns - 1);
    const [low, high] = command === "J" ? [0, this.rows] : [this.#row, this.#row + 1];
    const first = what === 0 ? cursor : low * this.columns;
    const last = what === 1 ? cursor : high * this.columns - 1;
    for (let i = first; i <= last; i++) this.#cells[Math.floor(i / this.columns)]![i % this.columns] = " ";
  }
}

/** CSI parameters command, the choice of a character set, an operating system command, or two characters. */
// oxlint-disable-next-line no-control-regex
const sequence = /^\x1b(?:\[([?>=!0-9;]*)[ -/]*([@-~])|\(([A-Z0-9])|[)*+#%][A-Z0-9]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[^[\]()*+#%])/;

const lines: Readonly<Record<string, string>> = {
  j: "┘",
  k: "┐",
  l: "┌",
  m: "└",
  n: "┼",
  q: "─",
  t: "├",
  u: "┤",
  v: "┴",
  w: "┬",
  x: "│",
};
