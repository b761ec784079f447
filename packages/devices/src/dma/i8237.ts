/**
 * The two Intel 8237A DMA controllers of PCs (231466), with the page registers that hold the upper address bits. Channels 0 to 3 move bytes, 5 to 7
 * words; 4 is where the first controller is connected. A device asks for a transfer and gives or takes the bytes of it at once.
 * Not modelled: memory to memory, cascades other than that one, rotating priority and timing (the bits are stored).
 */
import type { Device, DmaPort, MmioDevice } from "@tsemu/hw";

// Mode
const TO_MEMORY = 1;
const FROM_MEMORY = 2;
const AUTO = 0x10;
const DOWN = 0x20;
// Command
const DISABLED = 0x04;
const ALL = 0x0f;
/** By the lower bits of the page register's port, from 0x80 on: which channel it is of. */
const pageChannels: Readonly<Record<number, number>> = { 1: 2, 2: 3, 3: 1, 7: 0, 9: 6, 0xa: 7, 0xb: 5, 0xf: 4 };
const pages = 16;

class Channel {
  baseAddress = 0;
  baseCount = 0;
  address = 0;
  count = 0;
  mode = 0;
  page = 0;
}

class Controller {
  readonly channels = Array.from({ length: 4 }, () => new Channel());
  command = 0;
  mask = ALL;
  /** Lower half: terminal counts reached, cleared by reading. Upper half: requests. */
  status = 0;
  #upper = false;

  reset(): void {
    this.command = this.status = 0;
    this.mask = ALL;
    this.#upper = false;
  }

  #half(value: number): number {
    const upper = this.#upper;
    this.#upper = !upper;
    return upper ? value >>> 8 : value & 0xff;
  }

  #merge(old: number, byte: number): number {
    const upper = this.#upper;
    this.#upper = !upper;
    return upper ? (old & 0xff) | (byte << 8) : (old & 0xff00) | byte;
  }

  read(register: number): number {
    const channel = this.channels[register >>> 1];
    if (register < 8) return this.#half((register & 1) === 0 ? channel!.address : channel!.count);
    if (register === 8) {
      const { status } = this;
      this.status &= ~ALL;
      return status;
    }
    return register === 0xf ? this.mask : 0;
  }

  write(register: number, byte: number): void {
    const channel = this.channels[register >>> 1];
    if (register < 8) {
      if ((register & 1) === 0) channel!.address = channel!.baseAddress = this.#merge(channel!.baseAddress, byte);
      else channel!.count = channel!.baseCount = this.#merge(channel!.baseCount, byte);
      return;
    }
    const bit = 1 << (byte & 3);
    switch (register) {
      case 0x8:
        this.command = byte;
        return;
      case 0x9:
        this.status = (byte & 4) !== 0 ? this.status | (bit << 4) : this.status & ~(bit << 4);
        return;
      case 0xa:
        this.mask = (byte & 4) !== 0 ? this.mask | bit : this.mask & ~bit;
        return;
      case 0xb:
        this.channels[byte & 3]!.mode = byte;
        return;
      case 0xc:
        this.#upper = false;
        return;
      case 0xd:
        return this.reset();
      case 0xe:
        this.mask = 0;
        return;
      default:
        this.mask = byte & ALL;
    }
  }
}

/** What a device sees of a channel. */
export interface DmaChannel {
  /** Whether software has set it up, and lets it run. */
  readonly ready: boolean;
  /** Bytes to the end of the count. */
  readonly left: number;
  /** Moves bytes of the device to memory, or memory to the device, as the channel's mode says; how many. The last one of the count is the end. */
  transfer(bytes: Uint8Array): number;
}

export class I8237Pair implements Device {
  readonly #dma: DmaPort;
  readonly #controllers = [new Controller(), new Controller()] as const;
  readonly #pages = new Uint8Array(pages);

  constructor(dma: DmaPort) {
    this.#dma = dma;
  }

  reset(): void {
    for (const controller of this.#controllers) {
      controller.reset();
      for (const channel of controller.channels) Object.assign(channel, new Channel());
    }
    this.#pages.fill(0);
  }

  /** Registers of the first (16 ports), of the second (32: every other one), and the pages (ports 0x80 to 0x8f). */
  get ports(): readonly [MmioDevice, MmioDevice, MmioDevice] {
    const [first, second] = this.#controllers;
    return [
      { read: (offset) => first.read(offset & 0xf), write: (offset, value) => first.write(offset & 0xf, value & 0xff) },
      { read: (offset) => second.read((offset >>> 1) & 0xf), write: (offset, value) => second.write((offset >>> 1) & 0xf, value & 0xff) },
      {
        read: (offset) => this.#pages[offset & 0xf]!,
        write: (offset, value) => {
          this.#pages[offset & 0xf] = value;
          const channel = pageChannels[offset & 0xf];
          if (channel !== undefined) this.#controllers[channel < 4 ? 0 : 1].channels[channel & 3]!.page = value & 0xff;
        },
      },
    ];
  }

  channel(n: number): DmaChannel {
    const controller = this.#controllers[n < 4 ? 0 : 1];
    const channel = controller.channels[n & 3]!;
    const bit = 1 << (n & 3);
    const width = n < 4 ? 1 : 2;
    const isReady = (): boolean => (controller.mask & bit) === 0 && (controller.command & DISABLED) === 0;
    return {
      get ready() {
        return isReady();
      },
      get left() {
        return (channel.count + 1) * width;
      },
      transfer: (bytes) => {
        if (!isReady()) return 0;
        const length = Math.min(bytes.length, (channel.count + 1) * width);
        this.#move(channel, bytes.subarray(0, length), width);
        this.#counted(controller, channel, bit, Math.floor(length / width));
        return length;
      },
    };
  }

  #move(channel: Channel, bytes: Uint8Array, width: number): void {
    // Words have one address bit more, and so the page one less.
    const base = width === 1 ? channel.page << 16 : (channel.page & ~1) << 16;
    const kind = (channel.mode >>> 2) & 3;
    const down = (channel.mode & DOWN) !== 0;
    // The address wraps within its sixteen bits: at most two pieces. Downwards, byte by byte.
    const room = down ? 1 : (0x1_0000 - channel.address) * width;
    for (let at = 0; at < bytes.length; ) {
      const address = (channel.address + (down ? -at : at) / width) & 0xffff;
      const size = Math.min(bytes.length - at, down ? width : at === 0 ? room : bytes.length);
      const piece = bytes.subarray(at, at + size);
      if (kind === TO_MEMORY) this.#dma.write(base + address * width, piece);
      else if (kind === FROM_MEMORY) this.#dma.read(base + address * width, piece);
      at += size;
    }
  }

  #counted(controller: Controller, channel: Channel, bit: number, units: number): void {
    channel.address = (channel.address + ((channel.mode & DOWN) !== 0 ? -units : units)) & 0xffff;
    channel.count -= units;
    if (channel.count >= 0) return;
    controller.status |= bit;
    if ((channel.mode & AUTO) !== 0) {
      channel.address = channel.baseAddress;
      channel.count = channel.baseCount;
    } else {
      channel.count = 0xffff;
      controller.mask |= bit;
    }
  }
}
