import { expect, it } from "vitest";
import { Screen } from "./screen.ts";

const shown = (text: string, columns = 10, rows = 3): string[] => {
  const screen = new Screen(columns, rows);
  // Whatever pieces the text comes in, it is the same.
  for (const c of text) screen.write(c);
  const whole = new Screen(columns, rows);
  whole.write(text);
  expect(whole.lines).toEqual(screen.lines);
  return screen.lines;
};

it.each<[string, string, string[]]>([
  ["lines", "one\r\ntwo\rT", ["one", "Two", ""]],
  ["scrolling", "1\r\n2\r\n3\r\n4", ["2", "3", "4"]],
  ["a line that is full, and one that is longer", "0123456789\r\n0123456789a", ["0123456789", "0123456789", "a"]],
  ["moving the cursor", "\x1b[2;3Hx\x1b[H1\x1b[9;10Hz\x1b[Dy\x1b[A\x1b[2Dw\x1b[Bv", ["1", "  x    w", "        vz"]],
  ["erasing", "aaaa\r\nbbbb\r\ncccc\x1b[2;3H\x1b[J\x1b[1;2H\x1b[1K\x1b[1;4H\x1b[K", ["  a", "bb", ""]],
  ["inserting", "ad\x1b[2D\x1b[C\x1b[4hbc\x1b[4le", ["abce", "", ""]],
  ["boxes", "\x1b(0lqk\x1b(Blqk\x1b[31;1mred\x1b[0m", ["┌─┐lqkred", "", ""]],
  ["what says nothing to a screen", "\x1b]0;title\x07\x1b=\x1b)0\x1b[?25l\x1b[1;3r\x0fa\x07", ["a", "", ""]],
])("shows %s", (_, text, lines) => expect(shown(text)).toEqual(lines));
