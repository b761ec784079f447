/**
 * QEMU's firmware configuration device (fw_cfg), MMIO variant with DMA, as docs/specs/fw_cfg of QEMU describes it: numbered items
 * that the guest selects and reads, and a directory of named ones.
 *
 *   0   data      a stream of the selected item's bytes, whatever the access size
 *   8   selector  16 bits, big-endian
 *   16  DMA       the address of a control structure, 64 bits, big-endian; writing the low half starts it
 *
 * All items are read-only. Reading past the end gives zeros.
 */
import { swap32 } from "@tsemu/base";
import type { Device, DeviceWires, DmaPort, MmioDevice } from "@tsemu/hw";

export const fwCfgKey = {
  signature: 0x00,
  id: 0x01,
  uuid: 0x02,
  ramSize: 0x03,
  noGraphic: 0x04,
  cpuCount: 0x05,
  bootMenu: 0x0e,
  maxCpus: 0x0f,
  kernelAddress: 0x07,
  kernelSize: 0x08,
  initrdAddress: 0x0a,
  initrdSize: 0x0b,
  kernelData: 0x11,
  initrdData: 0x12,
  commandLineAddress: 0x13,
  commandLineSize: 0x14,
  commandLineData: 0x15,
  setupAddress: 0x16,
  setupSize: 0x17,
  setupData: 0x18,
  fileDirectory: 0x19,
  firstFile: 0x20,
} as const;

const maxNameBytes = 56;
const entryBytes = 64;
// Bits of the DMA control word.
const ERROR = 1;
const READ = 2;
const SKIP = 4;
const SELECT = 8;
const WRITE = 16;
/** What reading the DMA register gives: its signature. */
const dmaSignature = [0x51, 0x45, 0x4d, 0x55, 0x20, 0x43, 0x46, 0x47]; // "QEMU CFG"
const pieceBytes = 65_536;

export interface FwCfgOptions extends DeviceWires {
  readonly dma: DmaPort;
  /** Files by name, e.g. "opt/org.example/x". */
  readonly files?: ReadonlyMap<string, Uint8Array>;
  /** Numbered items besides signature, id and directory. */
  readonly items?: ReadonlyMap<number, Uint8Array>;
}

export class FwCfg implements Device, MmioDevice {
  readonly #dma: DmaPort;
  readonly #log: DeviceWires["log"];
  readonly #name: string;
  readonly #files: Map<string, Uint8Array>;
  readonly #items = new Map<number, Uint8Array>();
  #selected: Uint8Array | undefined;
  #offset = 0;
  #dmaHigh = 0;

  constructor(o: FwCfgOptions) {
    this.#dma = o.dma;
    this.#log = o.log;
    this.#name = o.name;
    for (const [key, bytes] of o.items ?? []) this.#items.set(key, bytes);
    this.#files = new Map(o.files ?? []);
    this.#items.set(fwCfgKey.signature, new TextEncoder().encode("QEMU"));
    this.#items.set(fwCfgKey.id, Uint8Array.of(3, 0, 0, 0)); // both interfaces: traditional and DMA
    this.#items.set(fwCfgKey.fileDirectory, this.#directory());
    this.reset();
  }

  /** A numbered item is this from now on. */
  set(key: number, bytes: Uint8Array): void {
    this.#items.set(key, bytes);
  }

  setFile(name: string, bytes: Uint8Array): void {
    this.#files.set(name, bytes);
    this.#items.set(fwCfgKey.fileDirectory, this.#directory());
  }

  file(name: string): Uint8Array | undefined {
    return this.#files.get(name);
  }

  reset(): void {
    this.#select(fwCfgKey.signature);
    this.#dmaHigh = 0;
  }

  read(offset: number, size: number): number {
    let value = 0;
    for (let i = 0; i < size; i++) value |= this.#readByte(offset + i) << (8 * i);
    return value >>> 0;
  }

  write(offset: number, value: number, size: number): void {
    if (offset === 8 && size === 2) this.#select(((value & 0xff) << 8) | ((value >>> 8) & 0xff));
    else if (offset === 16 && size === 4) this.#dmaHigh = swap32(value);
    else if (offset === 20 && size === 4) this.#transfer(this.#dmaHigh * 2 ** 32 + swap32(value));
    else this.#log.log("guest_errors", () => `${this.#name}: write of ${size} bytes at offset ${offset}`);
  }

  /** The registers of PCs: selector and data at two ports, the DMA address at eight. */
  get ports(): readonly [MmioDevice, MmioDevice] {
    return [
      {
        read: (_, size) => this.read(0, size),
        write: (_, value, size) => {
          if (size === 2) this.#select(value & 0xffff);
        },
      },
      { read: (offset, size) => this.read(16 + offset, size), write: (offset, value, size) => this.write(16 + offset, value, size) },
    ];
  }

  #readByte(offset: number): number {
    if (offset < 8) return this.#selected?.[this.#offset++] ?? 0;
    return offset >= 16 && offset < 24 ? dmaSignature[offset - 16]! : 0;
  }

  #select(key: number): void {
    // Bit 14 asks for writing, which no longer means anything; bit 15 marks items of the architecture.
    this.#selected = this.#items.get(key & ~0x4000);
    this.#offset = 0;
  }

  /** The directory: a count, then size, key, a reserved half-word and the name of each, all big-endian; sorted by name. */
  #directory(): Uint8Array {
    const files = this.#files;
    const names = [...files.keys()].sort();
    const directory = new Uint8Array(4 + entryBytes * names.length);
    const view = new DataView(directory.buffer);
    view.setUint32(0, names.length);
    names.forEach((name, i) => {
      const at = 4 + entryBytes * i;
      const bytes = files.get(name)!;
      this.#items.set(fwCfgKey.firstFile + i, bytes);
      view.setUint32(at, bytes.length);
      view.setUint16(at + 4, fwCfgKey.firstFile + i);
      directory.set(new TextEncoder().encode(name).subarray(0, maxNameBytes - 1), at + 8);
    });
    return directory;
  }

  /** Carries out the control structure at `pa`: control word, length, address, all big-endian; then clears the control word. */
  #transfer(pa: number): void {
    const structure = new Uint8Array(16);
    this.#dma.read(pa, structure);
    const view = new DataView(structure.buffer);
    const control = view.getUint32(0);
    const length = view.getUint32(4);
    const address = Number(view.getBigUint64(8));
    if ((control & SELECT) !== 0) this.#select(control >>> 16);
    let result = 0;
    if ((control & READ) !== 0) this.#copyOut(address, length);
    else if ((control & WRITE) !== 0) result = ERROR;
    else if ((control & SKIP) !== 0) this.#offset += length;
    view.setUint32(0, result);
    this.#dma.write(pa, structure.subarray(0, 4));
  }

  #copyOut(address: number, length: number): void {
    const item = this.#selected ?? new Uint8Array(0);
    const rest = item.subarray(Math.min(this.#offset, item.length), Math.min(this.#offset + length, item.length));
    this.#dma.write(address, rest);
    this.#offset += rest.length;
    // The remainder of the buffer is cleared, in pieces; a length that no guest memory has is cut to what an item could need.
    const zeros = new Uint8Array(pieceBytes);
    const end = Math.min(length, rest.length + (1 << 24));
    for (let done = rest.length; done < end; done += pieceBytes) {
      this.#dma.write(address + done, zeros.subarray(0, Math.min(pieceBytes, end - done)));
    }
  }
}
