/**
 * The virtio network device: VIRTIO 1.2, section 5.1, on a NetPort, with mergeable receive buffers and no offloads.
 * Not modelled: the control queue, checksum and segmentation offloads, more than one pair of queues.
 */
import type { NetPort } from "@tsemu/hw";
import { type Chain, gather, scatter, totalLength } from "./queue.ts";
import { feature, type VirtioDevice, type VirtioTransport } from "./core.ts";

const MAC = 5;
const MRG_RXBUF = 15;
const STATUS = 16;
const LINK_UP = 1;

const receiveQueue = 0;
const transmitQueue = 1;
/** The longest frame that can be sent: the IP packet's own limit with an Ethernet header and a tag. */
const maxFrame = 65_535 + 18;

export interface VirtioNetOptions {
  readonly port: NetPort;
  /** Six bytes. */
  readonly mac: Uint8Array;
}

export class VirtioNet implements VirtioDevice {
  readonly id = 1;
  readonly queueSizes = [256, 256];
  readonly features = [MAC, MRG_RXBUF, STATUS];
  readonly configSize = 8;
  readonly #port: NetPort;
  readonly #mac: Uint8Array;
  readonly #config = new Uint8Array(8);
  #transport: VirtioTransport | undefined;

  constructor(o: VirtioNetOptions) {
    this.#port = o.port;
    this.#mac = o.mac.slice(0, 6);
    this.#config[6] = LINK_UP;
    this.reset();
    this.#port.attach((frame) => this.#receive(frame));
  }

  connect(transport: VirtioTransport): void {
    this.#transport = transport;
  }

  readConfig(offset: number): number {
    return this.#config[offset]!;
  }

  /** The legacy driver may set the address. */
  writeConfig(offset: number, byte: number): void {
    if (offset < 6 && this.#transport?.has(feature.version1) !== true) this.#config[offset] = byte;
  }

  /** The address is its own again. */
  reset(): void {
    this.#config.set(this.#mac);
  }

  notify(n: number): void {
    if (n === transmitQueue) this.#transmit();
  }

  /** The header before each frame counts the buffers used if it may be more than one, and always in the modern interface. */
  get #headerBytes(): number {
    const t = this.#transport;
    return t?.has(MRG_RXBUF) === true || t?.has(feature.version1) === true ? 12 : 10;
  }

  #transmit(): void {
    const t = this.#transport;
    const queue = t?.queues[transmitQueue];
    if (t === undefined || queue === undefined) return;
    let any = false;
    for (let i = queue.size; i > 0 && t.running; i--) {
      const chain = queue.pop();
      if (chain === undefined) break;
      const length = totalLength(chain.readable) - this.#headerBytes;
      if (length > 0 && length <= maxFrame) {
        const frame = new Uint8Array(length);
        gather(t.dma, chain.readable, this.#headerBytes, frame);
        this.#port.send(frame);
      } else t.log.log("guest_errors", () => `${t.name}: virtio-net frame of ${length} bytes`);
      queue.push(chain.head, 0);
      any = true;
    }
    if (any) t.signal(queue);
  }

  #receive(frame: Uint8Array): boolean {
    const t = this.#transport;
    const queue = t?.queues[receiveQueue];
    if (t === undefined || queue === undefined || !t.running) return false;
    const headerBytes = this.#headerBytes;
    const needed = headerBytes + frame.length;
    const mergeable = t.has(MRG_RXBUF);
    const chains: Chain[] = [];
    for (let room = 0; room < needed; ) {
      const chain = chains.length < queue.size && (mergeable || chains.length === 0) ? queue.pop() : undefined;
      if (chain === undefined) {
        for (let i = 0; i < chains.length; i++) queue.unpop();
        return false;
      }
      chains.push(chain);
      room += totalLength(chain.writable);
    }
    const message = new Uint8Array(needed);
    if (headerBytes === 12) message[10] = chains.length & 0xff;
    if (headerBytes === 12) message[11] = chains.length >>> 8;
    message.set(frame, headerBytes);
    let done = 0;
    for (const chain of chains) {
      const written = scatter(t.dma, chain.writable, 0, message.subarray(done));
      queue.push(chain.head, written);
      done += written;
    }
    t.signal(queue);
    return true;
  }
}
