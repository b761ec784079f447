import type { Frame, KeyName, TextFrame } from "@tsemu/devices";
import { Screen } from "@tsemu/guests";
import { describe, expect, it } from "vitest";
import { CursesDisplay } from "./display.ts";
import { TerminalPainter } from "./draw.ts";
import { keysOf } from "./keys.ts";

const frame = (lines: readonly string[], attribute = 7): TextFrame => {
  const cells = new Uint16Array(80 * 25);
  lines.forEach((line, row) => [...line].forEach((c, i) => (cells[row * 80 + i] = c.charCodeAt(0) | (attribute << 8))));
  const font = new Uint8Array(0);
  return {
    kind: "text",
    columns: 80,
    rows: 25,
    cellWidth: 9,
    cellHeight: 16,
    cells,
    fonts: [font, font],
    colours: new Uint32Array(16),
    blinks: true,
    joins: true,
    cursor: { row: 1, column: 2, first: 13, last: 14 },
  };
};

describe("the painter", () => {
  it("brings a terminal from frame to frame, and draws only what has changed", () => {
    const painter = new TerminalPainter();
    const screen = new Screen(80, 25);
    screen.write(painter.draw(frame(["first line", "second \xc4\xb3"])));
    expect(screen.lines.slice(0, 3)).toEqual(["first line", "second ─│", ""]);
    const change = painter.draw(frame(["first time", "second \xc4\xb3"]));
    expect(change).toBe("\x1b[1;7H\x1b[0;37;40mt\x1b[1;9Hm\x1b[2;3H\x1b[?25h");
    screen.write(change);
    expect(screen.lines[0]).toBe("first time");
    expect(painter.draw(frame(["first time", "second \xc4\xb3"]))).toBe("");
  });

  it("has the colours of a VGA", () => {
    const [painter, blue, bright] = [new TerminalPainter(), 0x1f, 0x9c];
    expect(painter.draw(frame(["x"], blue))).toContain("\x1b[0;97;44mx");
    expect(painter.draw(frame(["x"], bright))).toContain("\x1b[0;91;44;5mx");
    expect(painter.draw({ ...frame(["x"], bright), blinks: false })).toContain("\x1b[0;91;104mx");
  });

  it("says what it cannot draw", () => {
    const painter = new TerminalPainter();
    painter.draw(frame(["text"]));
    const picture: Frame = { kind: "picture", width: 640, height: 480, rgba: new Uint8Array(0) };
    const screen = new Screen(80, 25);
    screen.write(painter.draw(picture));
    expect(screen.lines[0]).toBe("640 x 480 Graphic mode");
    expect(painter.draw(picture)).toBe("");
    screen.write(painter.draw(frame(["text"])));
    expect(screen.lines[0]).toBe("text");
  });
});

it.each<[string, string]>([
  ["aA1!", "a shift-a 1 shift-1"],
  ["-_=+ \\|", "minus shift-minus equal shift-equal spc backslash shift-backslash"],
  ["'\"`~<>?", "apostrophe shift-apostrophe grave_accent shift-grave_accent shift-comma shift-dot shift-slash"],
  ["\r\t\x7f\x03", "ret tab backspace ctrl-c"],
  ["\x1b", "esc"],
  ["\x1bx", "alt-x"],
  ["\x1b[A\x1bOB\x1b[5~\x1b[24~\x1bOP\x1b[[B", "up down pgup f12 f1 f2"],
  ["\x1b[1;5C\x1b[3;3~\x1b[Z", "ctrl-right alt-delete shift-tab"],
  ["\x1b[?1;2c\xe4\0", "alt-bracket_left shift-slash 1 semicolon 2 c"],
])("%j stands for %s", (text, keys) => {
  expect(
    keysOf(text)
      .map((combination) => combination.join("-"))
      .join(" "),
  ).toBe(keys);
});

it("Alt-2 shows the monitor, Alt-1 the machine", () => {
  const screen = new Screen(80, 25);
  const pressed: string[] = [];
  let type: (text: string) => void = () => {};
  let tick = (): void => {};
  let greeted = 0;
  const display = new CursesDisplay({
    terminal: {
      open: (listener) => (type = (text) => listener(new TextEncoder().encode(text))),
      write: (bytes) => screen.write(new TextDecoder().decode(bytes)),
      close: () => {},
    },
    every: (_, run) => ((tick = run), () => (tick = () => {})),
    onMonitor: () => greeted++,
  });
  let typed = "";
  display.monitorPort.attach((bytes) => ((typed += new TextDecoder().decode(bytes)), bytes.length));
  display.start({ display: { frame: () => frame(["guest"]) }, press: (keys: readonly KeyName[]) => void pressed.push(keys.join("-")) });
  tick();
  type("a");
  expect([screen.lines[0], pressed]).toEqual(["guest", ["a"]]);
  type("b\x1b2quit");
  display.monitorPort.write(new TextEncoder().encode("(qemu) "));
  tick();
  expect([screen.lines[0], typed, greeted, pressed.length]).toEqual(["(qemu)", "quit", 1, 2]);
  type("\x1b1");
  expect(screen.lines[0]).toBe("guest");
  display.close();
});
