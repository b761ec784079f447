/** A terminal's line discipline: what becomes of bytes typed and bytes printed, by its termios. */

/** Bits of c_iflag, c_oflag, c_lflag in asm-generic. */
const I = { IGNCR: 0o200, ICRNL: 0o400, INLCR: 0o100, ISTRIP: 0o40, IXON: 0o2000, IXANY: 0o4000 } as const;
const OUT = { OPOST: 1, ONLCR: 4, OCRNL: 0o10 } as const;
const L = {
  ISIG: 1,
  ICANON: 2,
  ECHO: 0o10,
  ECHOE: 0o20,
  ECHOK: 0o40,
  ECHONL: 0o100,
  ECHOCTL: 0o1000,
  NOFLSH: 0o200,
  TOSTOP: 0o400,
  IEXTEN: 0o100000,
} as const;
/** Places in c_cc. */
const V = {
  INTR: 0,
  QUIT: 1,
  ERASE: 2,
  KILL: 3,
  EOF: 4,
  TIME: 5,
  MIN: 6,
  START: 8,
  STOP: 9,
  SUSP: 10,
  EOL: 11,
  WERASE: 14,
  LNEXT: 15,
  EOL2: 16,
} as const;

/** struct termios: four words, the line, 19 control characters. */
export const TERMIOS_SIZE = 36;
const CC = 17;

const DEL = 0x7f;
const [BS, NL, CR, SPACE] = [8, 10, 13, 32] as const;

/** How a new one is set: what Linux begins with. */
export function defaultTermios(littleEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(TERMIOS_SIZE);
  const view = new DataView(bytes.buffer);
  // ICRNL IXON; OPOST ONLCR; 38400 baud, CS8 CREAD; ISIG ICANON ECHO ECHOE ECHOK ECHOCTL ECHOKE IEXTEN.
  [0o2400, 0o5, 0o277, 0o105073].forEach((word, i) => view.setUint32(4 * i, word, littleEndian));
  bytes.set([3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22, 0], CC);
  return bytes;
}

export interface LineEvents {
  /** To whoever has the other side. */
  output(bytes: Uint8Array): void;
  signal(name: "SIGINT" | "SIGQUIT" | "SIGTSTP"): void;
}

export class LineDiscipline {
  readonly termios: Uint8Array;
  readonly #little: boolean;
  readonly #events: LineEvents;
  /** Of canonical mode: the line that is being typed. */
  #line: number[] = [];
  /** What may be read: whole lines, or all there is. An empty one is the end of the input. */
  #ready: Uint8Array[] = [];

  constructor(littleEndian: boolean, events: LineEvents) {
    this.termios = defaultTermios(littleEndian);
    this.#little = littleEndian;
    this.#events = events;
  }

  #word(at: number): number {
    return new DataView(this.termios.buffer).getUint32(at, this.#little);
  }
  get #iflag(): number {
    return this.#word(0);
  }
  get #oflag(): number {
    return this.#word(4);
  }
  get #lflag(): number {
    return this.#word(12);
  }
  #cc(place: number): number {
    return this.termios[CC + place]!;
  }
  get #isCanonical(): boolean {
    return (this.#lflag & L.ICANON) !== 0;
  }

  /** After termios was changed: what was typed half is there, without canonical mode. */
  changed(): void {
    if (!this.#isCanonical && this.#line.length > 0) this.#finish([]);
  }

  /** Bytes that can be read now. */
  get available(): number {
    return this.#ready.reduce((sum, part) => sum + part.length, 0);
  }
  /** For poll: with a time, one byte is something to read; without, as many as a read waits for. */
  get isReadable(): boolean {
    if (this.#isCanonical) return this.#ready.length > 0;
    return this.available >= (this.#cc(V.TIME) === 0 ? Math.max(1, this.#cc(V.MIN)) : 1);
  }
  /** Is there enough for a read of that many bytes? */
  canRead(length: number): boolean {
    if (this.#isCanonical) return this.#ready.length > 0;
    return this.available >= Math.max(1, Math.min(this.#cc(V.MIN), length));
  }
  /** VMIN and VTIME 0: a read does not wait. */
  get neverWaits(): boolean {
    return !this.#isCanonical && this.#cc(V.MIN) === 0 && this.#cc(V.TIME) === 0;
  }
  /** VTIME: how long a read waits, at first or after each byte; 0: as long as it takes. */
  get waitNs(): number {
    return this.#isCanonical ? 0 : this.#cc(V.TIME) * 1e8;
  }
  /** With VMIN the time only runs from the first byte on. */
  get startsAtFirstByte(): boolean {
    return this.#cc(V.MIN) > 0;
  }

  /** TOSTOP: who is in the background may not print either. */
  get stopsBackground(): boolean {
    return (this.#lflag & L.TOSTOP) !== 0;
  }

  /** Output waits: ^S. */
  isStopped = false;
  stop(isStopped: boolean): void {
    this.isStopped = isStopped;
  }
  /** Tells the other side to stop, or to go on. */
  sendFlow(stop: boolean): void {
    this.#events.output(Uint8Array.of(this.#cc(stop ? V.STOP : V.START)));
  }

  read(into: Uint8Array): number {
    let n = 0;
    while (n < into.length) {
      const part = this.#ready[0];
      if (part === undefined) break;
      const taken = part.subarray(0, into.length - n);
      into.set(taken, n);
      n += taken.length;
      if (taken.length < part.length) this.#ready[0] = part.subarray(taken.length);
      else this.#ready.shift();
      if (this.#isCanonical) break;
    }
    return n;
  }

  flushInput(): void {
    this.#line = [];
    this.#ready = [];
  }

  #finish(end: readonly number[]): void {
    this.#ready.push(Uint8Array.from([...this.#line, ...end]));
    this.#line = [];
  }

  // ---- what is typed

  type(bytes: Uint8Array): void {
    for (const byte of bytes) this.#typeOne(byte);
  }

  #typeOne(given: number): void {
    let byte = (this.#iflag & I.ISTRIP) !== 0 ? given & 0x7f : given;
    if (byte === CR) {
      if ((this.#iflag & I.IGNCR) !== 0) return;
      if ((this.#iflag & I.ICRNL) !== 0) byte = NL;
    } else if (byte === NL && (this.#iflag & I.INLCR) !== 0) byte = CR;
    const lflag = this.#lflag;
    if (this.#literal) {
      // After ^V: whatever it is.
      this.#literal = false;
      return this.#add(byte);
    }
    if (this.#flowControl(byte)) return;
    if ((lflag & L.ISIG) !== 0 && byte !== 0) {
      const place = [V.INTR, V.QUIT, V.SUSP].find((v) => this.#cc(v) === byte);
      if (place !== undefined) {
        if ((lflag & L.NOFLSH) === 0) this.flushInput();
        this.#echo(byte);
        this.#events.signal(place === V.INTR ? "SIGINT" : place === V.QUIT ? "SIGQUIT" : "SIGTSTP");
        return;
      }
    }
    if (this.#isCanonical) this.#edit(byte);
    else this.#add(byte);
  }

  #literal = false;

  /** ^S and ^Q; anything goes on with IXANY. Returns whether that was all there is to the byte. */
  #flowControl(byte: number): boolean {
    const iflag = this.#iflag;
    if ((iflag & I.IXON) === 0) return false;
    if (byte !== 0 && byte === this.#cc(V.STOP)) {
      this.isStopped = true;
      return true;
    }
    if (byte !== 0 && byte === this.#cc(V.START)) {
      this.isStopped = false;
      return true;
    }
    if ((iflag & I.IXANY) !== 0) this.isStopped = false;
    return false;
  }

  #add(byte: number): void {
    if (this.#isCanonical) this.#line.push(byte);
    else this.#ready.push(Uint8Array.of(byte));
    this.#echo(byte);
  }

  #edit(byte: number): void {
    const is = (place: number): boolean => byte !== 0 && byte === this.#cc(place);
    if ((this.#lflag & L.IEXTEN) !== 0 && is(V.LNEXT)) {
      this.#literal = true;
      if ((this.#lflag & L.ECHO) !== 0 && (this.#lflag & L.ECHOCTL) !== 0) this.#events.output(Uint8Array.of(0x5e, BS));
    } else if (is(V.ERASE)) this.#erase(1);
    else if (is(V.KILL)) this.#erase(this.#line.length);
    else if (is(V.WERASE)) {
      let n = 0;
      while (this.#line.at(-1 - n) === SPACE) n++;
      while (n < this.#line.length && this.#line.at(-1 - n) !== SPACE) n++;
      this.#erase(n);
    } else if (is(V.EOF)) this.#finish([]);
    else if (byte === NL || is(V.EOL) || is(V.EOL2)) {
      if (byte === NL && (this.#lflag & (L.ECHO | L.ECHONL)) !== 0) this.print(Uint8Array.of(NL));
      else this.#echo(byte);
      this.#finish([byte]);
    } else this.#add(byte);
  }

  #erase(count: number): void {
    for (let i = 0; i < count; i++) {
      const gone = this.#line.pop();
      if (gone === undefined) return;
      if ((this.#lflag & L.ECHO) === 0 || (this.#lflag & L.ECHOE) === 0) continue;
      const width = this.#showsCaret(gone) ? 2 : 1;
      for (let w = 0; w < width; w++) this.#events.output(Uint8Array.of(BS, SPACE, BS));
    }
  }

  #showsCaret(byte: number): boolean {
    return (this.#lflag & L.ECHOCTL) !== 0 && (byte < SPACE || byte === DEL) && byte !== 9 && byte !== NL;
  }

  #echo(byte: number): void {
    if ((this.#lflag & L.ECHO) === 0) return;
    if (this.#showsCaret(byte)) this.#events.output(Uint8Array.of(0x5e, byte ^ 0x40));
    else this.print(Uint8Array.of(byte));
  }

  // ---- what is printed

  print(bytes: Uint8Array): void {
    const oflag = this.#oflag;
    if ((oflag & OUT.OPOST) === 0 || (oflag & (OUT.ONLCR | OUT.OCRNL)) === 0) return this.#events.output(bytes);
    const all: number[] = [];
    for (const byte of bytes) {
      if (byte === NL && (oflag & OUT.ONLCR) !== 0) all.push(CR, NL);
      else if (byte === CR && (oflag & OUT.OCRNL) !== 0) all.push(NL);
      else all.push(byte);
    }
    this.#events.output(Uint8Array.from(all));
  }
}
