/** A display drawn on a terminal with escape sequences (ECMA-48, as xterm has them): only what has changed. */
import type { Frame, TextFrame } from "@tsemu/devices";

/** Code page 437. */
const characters = Array.from(
  " ☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼" +
    Array.from({ length: 95 }, (_, i) => String.fromCharCode(0x20 + i)).join("") +
    "⌂ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■ ",
);

/** Colours of a terminal by those of a VGA, which has red and blue the other way round. */
const colours = [0, 4, 2, 6, 1, 5, 3, 7] as const;
const BLINK = 0x80;

const attributes = (attribute: number, blinks: boolean): string => {
  const foreground = colours[attribute & 7]! + ((attribute & 8) !== 0 ? 90 : 30);
  const bright = !blinks && (attribute & BLINK) !== 0;
  const background = colours[(attribute >>> 4) & 7]! + (bright ? 100 : 40);
  return `\x1b[0;${foreground};${background}${blinks && (attribute & BLINK) !== 0 ? ";5" : ""}m`;
};

const at = (row: number, column: number): string => `\x1b[${row + 1};${column + 1}H`;

export class TerminalPainter {
  #cells: Uint16Array | undefined;
  #shape = "";
  #cursor = "";

  /** What was drawn is no longer there. */
  forget(): void {
    this.#cells = undefined;
    this.#shape = this.#cursor = "";
  }

  /** The sequences that bring the terminal from the last frame to this one. */
  draw(frame: Frame): string {
    return frame.kind === "text"
      ? this.#text(frame)
      : this.#line(frame.kind === "picture" ? `${frame.width} x ${frame.height} Graphic mode` : "");
  }

  /** For what has no characters. */
  #line(text: string): string {
    if (this.#shape === `line ${text}`) return "";
    this.forget();
    this.#shape = `line ${text}`;
    return `\x1b[0m\x1b[2J${at(0, 0)}${text}`;
  }

  #text(f: TextFrame): string {
    const shape = `${f.columns} ${f.rows} ${f.blinks}`;
    let out = "";
    if (shape !== this.#shape || this.#cells === undefined) {
      this.#shape = shape;
      this.#cells = new Uint16Array(f.cells.length);
      this.#cursor = "";
      // A cell of zeros is black on black, which is what the cleared terminal is.
      out = "\x1b[0m\x1b[2J";
    }
    let attribute = -1;
    for (let row = 0; row < f.rows; row++) {
      let next = -1;
      for (let column = 0; column < f.columns; column++) {
        const i = row * f.columns + column;
        const cell = f.cells[i]!;
        if (cell === this.#cells[i]) continue;
        this.#cells[i] = cell;
        if (column !== next) out += at(row, column);
        if (cell >>> 8 !== attribute) out += attributes((attribute = cell >>> 8), f.blinks);
        out += characters[cell & 0xff];
        next = column + 1;
      }
    }
    const cursor = f.cursor === undefined ? "\x1b[?25l" : `${at(f.cursor.row, f.cursor.column)}\x1b[?25h`;
    if (out !== "" || cursor !== this.#cursor) out += cursor;
    this.#cursor = cursor;
    return out;
  }
}
