/**
 * GDB's remote protocol, the upper half: one debugger at one guest. What is not there is answered with an empty packet, as the protocol
 * has it. No non-stop mode, no tracepoints, no files of the guest. (GDB manual, appendix "Remote Serial Protocol", Packets.)
 */
import type { Debuggee, DebugEvent, DebugFeature, DebugRegister, Watch, WatchKind } from "@tsemu/target";
import { numbered, type NumberedRegister, targetXml } from "./description.ts";
import { bytesOfHex, bytesOfValue, hexOf, hexOfText, numberOfHex, valueOfBytes } from "./hex.ts";
import { PacketStream } from "./packets.ts";
import { gdbSignal, signalOfGdb } from "./signals.ts";

/** Where a session's bytes go. */
export interface DebugPort {
  write(bytes: Uint8Array): void;
  close(): void;
}

/** Most bytes of a packet that gdb may send. */
const PACKET_SIZE = 0x4000;
const OK = "OK";
/** Answers: a bad address or register; a packet that makes no sense. */
const [E_FAULT, E_INVALID] = ["E14", "E22"];
const watchKinds: Readonly<Record<string, WatchKind>> = { 2: "write", 3: "read", 4: "access" };
const stopWords: Readonly<Record<WatchKind, string>> = { write: "watch", read: "rwatch", access: "awatch" };

export class GdbSession {
  readonly #port: DebugPort;
  readonly #debuggee: Debuggee;
  readonly #packets: PacketStream;
  readonly #features: readonly DebugFeature[];
  readonly #registers: readonly NumberedRegister[];
  readonly #breakpoints = new Set<number>();
  readonly #watches = new Map<string, Watch>();
  /** What the guest stands still for; undefined while it runs. */
  #event: DebugEvent | undefined;
  /** Whom `g`, `m` and the like are about, and `s` and `c`. */
  #thread = 0;
  #isOver = false;

  constructor(port: DebugPort, debuggee: Debuggee) {
    this.#port = port;
    this.#debuggee = debuggee;
    this.#features = debuggee.features;
    this.#registers = numbered(this.#features);
    this.#packets = new PacketStream((bytes) => port.write(bytes), {
      packet: (text) => this.#packet(text),
      interrupt: () => debuggee.interrupt(),
    });
    debuggee.attach((event) => this.#heard(event));
    // Attaching stopped it; that is only told when it is asked for.
    this.#event = { kind: "signal", thread: this.#firstThread(), signal: "SIGTRAP" };
  }

  receive(bytes: Uint8Array): void {
    this.#packets.receive(bytes);
  }

  /** The connection is gone: the guest goes on without a debugger. */
  closed(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#release();
  }

  #release(): void {
    for (const va of this.#breakpoints) this.#debuggee.setBreakpoint(va, false);
    for (const watch of this.#watches.values()) this.#debuggee.setWatch(watch, false);
    this.#breakpoints.clear();
    this.#watches.clear();
    this.#debuggee.detach();
  }

  #heard(event: DebugEvent): void {
    this.#event = event;
    if (event.kind === "signal") this.#thread = event.thread;
    this.#packets.send(stopReply(event));
  }

  #firstThread(): number {
    return this.#debuggee.threads()[0]?.id ?? 1;
  }

  /** The thread that is meant: the one chosen, if it still is there. */
  get #current(): number {
    const threads = this.#debuggee.threads();
    return threads.some(({ id }) => id === this.#thread) ? this.#thread : (threads[0]?.id ?? 1);
  }

  #packet(text: string): void {
    const answer = this.#answer(text);
    if (answer !== undefined) this.#packets.send(answer);
  }

  /** Undefined: there is no answer now. */
  #answer(text: string): string | undefined {
    const rest = text.slice(1);
    switch (text[0]) {
      case "?":
        return this.#event === undefined ? "" : stopReply(this.#event);
      case "g":
        return this.#registers.map(({ register }) => this.#registerHex(register)).join("");
      case "G":
        return this.#writeAll(rest);
      case "p": {
        const found = this.#register(rest);
        return found === undefined ? E_FAULT : this.#registerHex(found.register);
      }
      case "P": {
        const [number, value] = rest.split("=");
        const [found, bytes] = [this.#register(number), bytesOfHex(value ?? "")];
        if (found === undefined || bytes === undefined || bytes.length * 8 !== found.register.bits) return E_INVALID;
        this.#write(found, bytes);
        return OK;
      }
      case "m": {
        const [address, length] = rest.split(",");
        const [va, size] = [this.#address(address), numberOfHex(length)];
        if (va === undefined || size === undefined) return E_INVALID;
        const bytes = this.#debuggee.readMemory(this.#current, va, Math.min(size, PACKET_SIZE));
        return bytes.length === 0 && size > 0 ? E_FAULT : hexOf(bytes);
      }
      case "M":
        return this.#writeMemory(rest, bytesOfHex);
      case "X":
        return this.#writeMemory(rest, (data) => Uint8Array.from(data, (c) => c.charCodeAt(0)));
      case "c":
      case "s":
        return this.#goOn(text[0] === "s", undefined, rest);
      case "C":
      case "S": {
        const [number, at] = rest.split(";");
        return this.#goOn(text[0] === "S", number, at ?? "");
      }
      case "H":
        return this.#choose(rest.slice(1));
      case "T":
        return this.#debuggee.threads().some(({ id }) => id === numberOfHex(rest)) ? OK : E_INVALID;
      case "Z":
      case "z":
        return this.#point(rest, text[0] === "Z");
      case "D":
        this.#isOver = true;
        this.#release();
        return OK;
      case "k":
        this.#kill();
        return undefined;
      case "v":
        return this.#extended(text);
      case "q":
      case "Q":
        return this.#query(text);
      default:
        return "";
    }
  }

  get #pc(): DebugRegister | undefined {
    return this.#registers.find(({ register }) => register.type === "code_ptr")?.register;
  }

  /** Some debuggers extend the sign of addresses of 32 bits. */
  #address(digits: string | undefined): number | undefined {
    const number = numberOfHex(digits);
    return number !== undefined && this.#pc?.bits === 32 ? number >>> 0 : number;
  }

  // ---- registers and memory

  #register(digits: string | undefined): NumberedRegister | undefined {
    const number = numberOfHex(digits);
    return this.#registers.find((r) => r.number === number);
  }

  #registerHex(register: NumberedRegister["register"]): string {
    const value = this.#debuggee.readRegister(this.#current, register);
    return hexOf(bytesOfValue(value, register.bits, this.#debuggee.debug.littleEndian));
  }

  #write({ register }: NumberedRegister, bytes: Uint8Array): void {
    this.#debuggee.writeRegister(this.#current, register, valueOfBytes(bytes, this.#debuggee.debug.littleEndian));
  }

  #writeAll(digits: string): string {
    const bytes = bytesOfHex(digits);
    const size = this.#registers.reduce((sum, { register }) => sum + register.bits / 8, 0);
    if (bytes?.length !== size) return E_INVALID;
    let at = 0;
    for (const numberedRegister of this.#registers) {
      const end = at + numberedRegister.register.bits / 8;
      this.#write(numberedRegister, bytes.subarray(at, end));
      at = end;
    }
    return OK;
  }

  #writeMemory(rest: string, decode: (data: string) => Uint8Array | undefined): string {
    const colon = rest.indexOf(":");
    const [address, length] = rest.slice(0, colon).split(",");
    const [va, size] = [this.#address(address), numberOfHex(length)];
    const bytes = colon < 0 ? undefined : decode(rest.slice(colon + 1));
    if (va === undefined || bytes === undefined || bytes.length !== size) return E_INVALID;
    return size === 0 || this.#debuggee.writeMemory(this.#current, va, bytes) ? OK : E_FAULT;
  }

  // ---- breakpoints

  #point(rest: string, on: boolean): string {
    const [type = "", address, length] = rest.split(/[,;]/);
    const [va, size] = [this.#address(address), numberOfHex(length)];
    if (va === undefined || size === undefined) return E_INVALID;
    if (type === "0" || type === "1") {
      if (this.#breakpoints.has(va) !== on) this.#debuggee.setBreakpoint(va, on);
      if (on) this.#breakpoints.add(va);
      else this.#breakpoints.delete(va);
      return OK;
    }
    const kind = watchKinds[type];
    if (kind === undefined) return "";
    const key = `${kind}:${va}:${size}`;
    const known = this.#watches.get(key);
    if (on && known === undefined) {
      const watch: Watch = { va, size, kind };
      this.#watches.set(key, watch);
      this.#debuggee.setWatch(watch, true);
    } else if (!on && known !== undefined) {
      this.#watches.delete(key);
      this.#debuggee.setWatch(known, false);
    }
    return OK;
  }

  // ---- going on

  /** `signal`: digits of a signal for the thread; `at`: digits of where it goes on. */
  #goOn(step: boolean, signal: string | undefined, at: string): string | undefined {
    if (this.#event?.kind !== "signal") return E_INVALID;
    const thread = this.#current;
    const va = this.#address(at);
    if (va !== undefined && this.#pc !== undefined) this.#debuggee.writeRegister(thread, this.#pc, BigInt(va));
    const name = signal === undefined ? undefined : signalOfGdb(numberOfHex(signal) ?? 0);
    this.#event = undefined;
    this.#debuggee.resume({
      step: step ? thread : undefined,
      signal: name === undefined ? undefined : { thread, name },
    });
    return undefined;
  }

  /** "vCont;s:1;c": the first action that names a thread, or none, is its own. */
  #continue(actions: readonly string[]): string | undefined {
    const parsed = actions.map((action) => {
      const [what = "", thread] = action.split(":");
      return {
        what: what[0] ?? "",
        signal: what.slice(1),
        thread: thread === undefined || thread === "-1" ? undefined : numberOfHex(thread),
      };
    });
    if (parsed.some(({ what }) => !"cCsS".includes(what) || what === "")) return E_INVALID;
    const stepped = parsed.find(({ what }) => what === "s" || what === "S");
    const signalled = parsed.find(({ what }) => what === "C" || what === "S");
    const chosen = stepped ?? signalled;
    if (chosen?.thread !== undefined) this.#thread = chosen.thread;
    return this.#goOn(stepped !== undefined, signalled?.signal, "");
  }

  #kill(): void {
    this.#isOver = true;
    this.#debuggee.kill();
    this.#port.close();
  }

  #extended(text: string): string | undefined {
    if (text === "vCont?") return "vCont;c;C;s;S";
    if (text.startsWith("vCont;")) return this.#continue(text.slice(6).split(";"));
    if (text.startsWith("vKill")) {
      this.#packets.send(OK);
      this.#kill();
      return undefined;
    }
    // One guest, which is there already.
    if (text.startsWith("vAttach") || text.startsWith("vRun")) return E_INVALID;
    return "";
  }

  #choose(digits: string): string {
    const id = numberOfHex(digits);
    // Any, or all.
    if (digits === "-1" || id === 0) {
      this.#thread = this.#current;
      return OK;
    }
    if (!this.#debuggee.threads().some((thread) => thread.id === id)) return E_INVALID;
    this.#thread = id!;
    return OK;
  }

  // ---- questions

  #query(text: string): string {
    const [name = ""] = text.split(/[:,;]/);
    const argument = text.slice(name.length + 1);
    switch (name) {
      case "qSupported":
        return `PacketSize=${PACKET_SIZE.toString(16)};qXfer:features:read+;QStartNoAckMode+;QPassSignals+;vContSupported+${[
          "auxv",
          "exec-file",
        ]
          .filter((object) => this.#debuggee.object(object) !== undefined)
          .map((object) => `;qXfer:${object}:read+`)
          .join("")}`;
      case "QStartNoAckMode":
        this.#packets.acknowledges = false;
        return OK;
      case "qXfer":
        return this.#transfer(argument);
      case "qAttached":
        return this.#debuggee.isAttached ? "1" : "0";
      case "qC":
        return `QC${this.#current.toString(16)}`;
      case "qfThreadInfo":
        return `m${this.#debuggee
          .threads()
          .map(({ id }) => id.toString(16))
          .join(",")}`;
      case "qsThreadInfo":
        return "l";
      case "qThreadExtraInfo": {
        const thread = this.#debuggee.threads().find(({ id }) => id === numberOfHex(argument));
        return thread === undefined ? E_INVALID : hexOfText(thread.name);
      }
      case "QPassSignals":
        this.#debuggee.passSignals(new Set(argument.split(";").flatMap((digits) => signalOfGdb(numberOfHex(digits) ?? 0) ?? [])));
        return OK;
      case "qSymbol":
        return OK;
      case "qRcmd":
        return this.#command(argument);
      default:
        return "";
    }
  }

  #transfer(argument: string): string {
    const [object = "", direction, annex, range = ""] = argument.split(":");
    if (direction !== "read") return "";
    const [offset, length] = range.split(",").map(numberOfHex);
    if (offset === undefined || length === undefined) return E_INVALID;
    let bytes: Uint8Array | undefined;
    if (object === "features")
      bytes = annex === "target.xml" ? new TextEncoder().encode(targetXml(this.#debuggee.debug.architecture, this.#features)) : undefined;
    else bytes = this.#debuggee.object(object);
    if (bytes === undefined) return object === "features" ? "E00" : "";
    const part = bytes.subarray(offset, offset + length);
    return (offset + part.length < bytes.length ? "m" : "l") + String.fromCharCode(...part);
  }

  #command(digits: string): string {
    const bytes = bytesOfHex(digits);
    if (bytes === undefined) return E_INVALID;
    const command = new TextDecoder().decode(bytes).trim();
    const output = this.#debuggee.monitor(command) ?? `unknown command: '${command}'\n`;
    if (output !== "") this.#packets.send(`O${hexOfText(output)}`);
    return OK;
  }
}

const two = (number: number): string => (number & 0xff).toString(16).padStart(2, "0");

function stopReply(event: DebugEvent): string {
  if (event.kind === "exited") return `W${two(event.code)}`;
  if (event.kind === "killed") return `X${two(gdbSignal(event.signal))}`;
  const watch = event.watch === undefined ? "" : `${stopWords[event.watch.kind]}:${event.watch.va.toString(16)};`;
  return `T${two(gdbSignal(event.signal))}thread:${event.thread.toString(16)};${watch}`;
}
