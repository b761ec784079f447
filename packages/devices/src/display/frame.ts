/** What a display shows: cells of text with their font and colours, or a picture. Whoever draws it asks for it, as often as it likes. */

export interface TextFrame {
  readonly kind: "text";
  readonly columns: number;
  readonly rows: number;
  /** Dots of a cell: 8 or 9 wide. */
  readonly cellWidth: number;
  readonly cellHeight: number;
  /** Line by line: the character in the lower byte, its attribute in the upper one. */
  readonly cells: Uint16Array;
  /** 256 characters of 32 lines of eight dots: the usual ones, and those of cells with bit 3 of the attribute set. */
  readonly fonts: readonly [Uint8Array, Uint8Array];
  /** 0xrrggbb of the sixteen colours. */
  readonly colours: Uint32Array;
  /** Bit 7 of an attribute makes characters blink; otherwise it belongs to the background. */
  readonly blinks: boolean;
  /** The line-drawing characters (0xc0 to 0xdf) reach into the ninth dot. */
  readonly joins: boolean;
  readonly cursor: { readonly column: number; readonly row: number; readonly first: number; readonly last: number } | undefined;
}

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** Four bytes a dot. */
  readonly rgba: Uint8Array;
}

export type Frame =
  | TextFrame
  | ({ readonly kind: "picture" } & Picture)
  | { readonly kind: "blank"; readonly width: number; readonly height: number };

export interface FrameSource {
  frame(): Frame;
}

/** Lines of a text frame as characters of code page 437 that are ASCII; others are shown as "?". Without blanks at the ends. */
export const textOf = ({ cells, columns, rows }: TextFrame): string[] =>
  Array.from({ length: rows }, (_, row) =>
    Array.from(cells.subarray(row * columns, (row + 1) * columns), (cell) => {
      const code = cell & 0xff;
      return code === 0 ? " " : code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : "?";
    })
      .join("")
      .trimEnd(),
  );

/** Any frame as a picture; what blinks is shown. */
export const paint = (frame: Frame): Picture => {
  if (frame.kind === "picture") return frame;
  if (frame.kind === "text") return paintText(frame);
  const rgba = new Uint8Array(4 * frame.width * frame.height);
  for (let i = 3; i < rgba.length; i += 4) rgba[i] = 0xff;
  return { width: frame.width, height: frame.height, rgba };
};

const paintText = (f: TextFrame): Picture => {
  const width = f.columns * f.cellWidth;
  const height = f.rows * f.cellHeight;
  const rgba = new Uint8Array(4 * width * height);
  const out = new DataView(rgba.buffer);
  const put = (x: number, y: number, colour: number): void => out.setUint32(4 * (y * width + x), ((colour << 8) | 0xff) >>> 0);
  for (let row = 0; row < f.rows; row++)
    for (let column = 0; column < f.columns; column++) {
      const cell = f.cells[row * f.columns + column]!;
      const [code, attribute] = [cell & 0xff, cell >>> 8];
      const foreground = f.colours[attribute & 0xf]!;
      const background = f.colours[(attribute >>> 4) & (f.blinks ? 7 : 0xf)]!;
      const font = f.fonts[(attribute >>> 3) & 1 ? 1 : 0];
      const { cursor } = f;
      const isCursor = cursor !== undefined && cursor.row === row && cursor.column === column;
      const joins = f.joins && code >= 0xc0 && code <= 0xdf;
      for (let line = 0; line < f.cellHeight; line++) {
        const dots = isCursor && line >= cursor.first && line <= cursor.last ? 0xff : (font[32 * code + line] ?? 0);
        const nine = (dots << 1) | (joins || dots === 0xff ? dots & 1 : 0);
        for (let x = 0; x < f.cellWidth; x++)
          put(column * f.cellWidth + x, row * f.cellHeight + line, ((nine >>> (8 - x)) & 1) !== 0 ? foreground : background);
      }
    }
  return { width, height, rgba };
};
