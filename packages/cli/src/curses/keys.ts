/** From what a terminal sends (ECMA-48, as xterm has it) to the keys of a PC's keyboard with the American layout. */
import { isKeyName, type KeyName } from "@tsemu/devices";

const plain: Readonly<Record<string, KeyName>> = {
  " ": "spc",
  "-": "minus",
  "=": "equal",
  "[": "bracket_left",
  "]": "bracket_right",
  ";": "semicolon",
  "'": "apostrophe",
  "`": "grave_accent",
  "\\": "backslash",
  ",": "comma",
  ".": "dot",
  "/": "slash",
  "\r": "ret",
  "\n": "ret",
  "\t": "tab",
  "\b": "backspace",
  "\x7f": "backspace",
};
/** What is above a key that stands at the same place of the other string. */
const unshifted = "1234567890-=[];'`\\,./";
const shifted = '!@#$%^&*()_+{}:"~|<>?';

/** Ends of sequences that begin with CSI or SS3. */
const finals: Readonly<Record<string, KeyName>> = {
  A: "up",
  B: "down",
  C: "right",
  D: "left",
  E: "kp_5",
  F: "end",
  H: "home",
  P: "f1",
  Q: "f2",
  R: "f3",
  S: "f4",
};
/** CSI number ~ */
const numbers: Readonly<Record<number, KeyName>> = {
  1: "home",
  2: "insert",
  3: "delete",
  4: "end",
  5: "pgup",
  6: "pgdn",
  7: "home",
  8: "end",
  11: "f1",
  12: "f2",
  13: "f3",
  14: "f4",
  15: "f5",
  17: "f6",
  18: "f7",
  19: "f8",
  20: "f9",
  21: "f10",
  23: "f11",
  24: "f12",
};

/** A sequence: CSI parameters final, CSI [ letter of Linux's console, SS3 final. */
// oxlint-disable-next-line no-control-regex
const sequence = /^\x1b(?:\[([0-9;]*)([A-Za-z~])|O([A-Z])|\[\[([A-E]))/;

/** The combinations that the text stands for. What begins a sequence and does not end it is taken for single keys: terminals send sequences whole. */
export const keysOf = (text: string): KeyName[][] => {
  const keys: KeyName[][] = [];
  let rest = text;
  while (rest !== "") {
    const match = sequence.exec(rest);
    const known = match === null ? undefined : ofSequence(match);
    if (match !== null) {
      if (known !== undefined) keys.push(known);
      rest = rest.slice(match[0].length);
    } else if (rest[0] === "\x1b" && rest.length > 1 && rest[1] !== "\x1b") {
      const key = ofCharacter(rest[1]!);
      if (key !== undefined) keys.push(["alt", ...key]);
      rest = rest.slice(2);
    } else {
      const key = rest[0] === "\x1b" ? (["esc"] satisfies KeyName[]) : ofCharacter(rest[0]!);
      if (key !== undefined) keys.push(key);
      rest = rest.slice(1);
    }
  }
  return keys;
};

const ofCharacter = (c: string): KeyName[] | undefined => {
  const code = c.charCodeAt(0);
  const name = plain[c] ?? c;
  if (isKeyName(name)) return [name];
  if (c >= "A" && c <= "Z") return ofShift(c.toLowerCase());
  const place = shifted.indexOf(c);
  if (place >= 0) return ofShift(plain[unshifted[place]!] ?? unshifted[place]!);
  const letter = String.fromCharCode(code + 0x60);
  if (code >= 1 && code <= 26 && isKeyName(letter)) return ["ctrl", letter];
  return undefined;
};

const ofShift = (name: string): KeyName[] | undefined => (isKeyName(name) ? ["shift", name] : undefined);

/** Modifiers of xterm: the second parameter less one has shift, alt and control as bits. */
const ofSequence = ([, parameters = "", final, ss3, linux]: RegExpExecArray): KeyName[] | undefined => {
  const [first = 0, modifiers = 1] = parameters.split(";").map(Number);
  if (final === "Z") return ["shift", "tab"];
  const functionKey = linux === undefined ? undefined : `f${linux.charCodeAt(0) - 0x40}`;
  const name = functionKey ?? (final === "~" ? numbers[first] : finals[ss3 ?? final ?? ""]);
  if (name === undefined || !isKeyName(name)) return undefined;
  const bits = modifiers - 1;
  const held = (["shift", "alt", "ctrl"] as const).filter((_, i) => ((bits >>> i) & 1) !== 0);
  return [...held, name];
};
