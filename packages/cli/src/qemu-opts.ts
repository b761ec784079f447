/** The values of options: `first,key=value,flag`, with `,,` for a comma. */
import { UserError } from "@tsemu/base";

const isWord = /^[A-Za-z0-9_.-]+$/;

export class QemuOpts {
  /** The option as it was given, for messages: "-drive file=x". */
  readonly text: string;
  readonly #entries: { readonly key: string; readonly value: string }[] = [];
  readonly #taken = new Set<string>();

  /** `implied`: the key of a first value without one. Other words without a value are flags: `snapshot` is snapshot=on, `nosnapshot` off. */
  constructor(option: string, value: string, implied?: string) {
    this.text = `${option} ${value}`;
    splitAtCommas(value).forEach((part, i) => {
      const equals = part.indexOf("=");
      const key = part.slice(0, Math.max(0, equals));
      // A first value may hold an equals sign where its key is implied, unless what stands before it looks like a key.
      if (equals > 0 && isWord.test(key)) this.#entries.push({ key, value: part.slice(equals + 1) });
      else if (i === 0 && implied !== undefined) this.#entries.push({ key: implied, value: part });
      else if (part === "") return;
      else if (part.startsWith("no") && part.length > 2) this.#entries.push({ key: part.slice(2), value: "off" });
      else this.#entries.push({ key: part, value: "on" });
    });
  }

  fail(message: string): never {
    throw new UserError(`${this.text}: ${message}`);
  }

  /** The last value of a key. */
  get(key: string): string | undefined {
    this.#taken.add(key);
    return this.#entries.findLast((e) => e.key === key)?.value;
  }

  /** The last value of a key that must be there. */
  need(key: string): string {
    return this.get(key) ?? this.fail(`Parameter '${key}' is missing`);
  }

  bool(key: string): boolean | undefined {
    const value = this.get(key);
    if (value === undefined) return undefined;
    if (["on", "yes", "true", "y"].includes(value)) return true;
    if (["off", "no", "false", "n"].includes(value)) return false;
    return this.fail(`Parameter '${key}' expects 'on' or 'off'`);
  }

  /** Whether help was asked for: `help` or `?` as a value of its own. */
  get wantsHelp(): boolean {
    return this.#entries.some(({ key, value }) => key === "help" || key === "?" || value === "help" || value === "?");
  }

  /** The keys that nobody has asked for yet. */
  get rest(): readonly string[] {
    return this.#entries.map((e) => e.key).filter((key) => !this.#taken.has(key));
  }

  /** A UserError if there are keys that nobody has asked for. */
  finish(unknown: (key: string) => string = (key) => `Invalid parameter '${key}'`): void {
    const key = this.rest[0];
    if (key !== undefined) this.fail(unknown(key));
  }
}

/** At single commas; two of them stand for one. */
const splitAtCommas = (text: string): string[] => {
  const parts: string[] = [];
  let part = "";
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== ",") part += text[i];
    else if (text[i + 1] === ",") {
      part += ",";
      i++;
    } else {
      parts.push(part);
      part = "";
    }
  }
  return [...parts, part];
};

const suffixes = "bkmgtpe";

/** Bytes of a size like 64k, 1.5G or 0x1000; a number alone counts in `unit` bytes. Undefined if it is no size, Infinity from 2^64 on. */
export const parseSize = (text: string, unit: number): number | undefined => {
  const match = /^(0x[0-9a-f]+|[0-9]+(?:\.[0-9]+)?)([bkmgtpe]?)$/i.exec(text);
  if (match === null) return undefined;
  const [, digits, suffix] = match;
  const bytes = Number(digits) * (suffix === "" ? unit : 1024 ** suffixes.indexOf(suffix!.toLowerCase()));
  return bytes < 2 ** 64 ? Math.floor(bytes) : Number.POSITIVE_INFINITY;
};

/** A whole number in C's notation, or undefined. */
export const parseInteger = (text: string): number | undefined => (/^-?(0x[0-9a-f]+|[0-9]+)$/i.test(text) ? toNumber(text) : undefined);

const toNumber = (text: string): number => {
  const magnitude = text.replace("-", "");
  const value = /^0[0-7]+$/.test(magnitude) ? Number.parseInt(magnitude, 8) : Number(magnitude);
  return text.startsWith("-") ? -value : value;
};
