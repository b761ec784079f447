/** Time ratios as a plot in SVG: a bar for each row, on a logarithmic scale from 1, to the left where tsemu is the faster. */
export interface Bar {
  readonly name: string;
  /** Time of tsemu by that of QEMU, when warm and in the first repetition. */
  readonly steady: number;
  readonly first: number;
}

const [left, width, rowHeight, top] = [120, 520, 20, 44];
const colours = { fast: "#2a7f4f", slow: "#b5482f", first: "#c9c9c9", line: "#888" } as const;

const text = (at: number, y: number, words: string, more = ""): string => `<text x="${at}" y="${y}"${more}>${words}</text>`;

export const plotRatios = (title: string, bars: readonly Bar[]): string => {
  const logs = bars.flatMap(({ steady, first }) => [Math.log2(steady), Math.log2(first)]);
  const low = Math.min(-1, Math.floor(Math.min(...logs)));
  const high = Math.max(1, Math.ceil(Math.max(...logs)));
  const x = (ratio: number): number => Math.round(left + (width * (Math.log2(ratio) - low)) / (high - low));
  const bottom = top + rowHeight * bars.length;
  const bar = (y: number, height: number, ratio: number, colour: string): string =>
    `<rect x="${Math.min(x(1), x(ratio))}" y="${y}" width="${Math.max(1, Math.abs(x(ratio) - x(1)))}" height="${height}" fill="${colour}"/>`;
  const ticks = Array.from({ length: high - low + 1 }, (_, i) => 2 ** (low + i)).map(
    (ratio) =>
      `<path d="M${x(ratio)} ${top - 4}V${bottom}" stroke="${colours.line}" stroke-width="${ratio === 1 ? 1.5 : 0.3}"/>` +
      text(x(ratio), top - 8, ratio < 1 ? `1/${1 / ratio}` : String(ratio), ' text-anchor="middle"'),
  );
  const rows = bars.map(({ name, steady, first }, i) => {
    const y = top + rowHeight * i;
    return [
      text(left - 8, y + 14, name, ' text-anchor="end"'),
      bar(y + 3, 14, first, colours.first),
      bar(y + 6, 8, steady, steady <= 1 ? colours.fast : colours.slow),
      text(left + width + 8, y + 14, steady.toFixed(2)),
    ].join("");
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${left + width + 50}" height="${bottom + 10}" font-family="sans-serif" font-size="11">`,
    '<rect width="100%" height="100%" fill="#fff"/>',
    text(8, 16, title, ' font-size="13"'),
    ...ticks,
    ...rows,
    "</svg>\n",
  ].join("\n");
};
