/**
 * The virtio console: VIRTIO 1.2, section 5.3, on a CharPort; one port, with the emergency write of early boot.
 * Not modelled: multiple ports, the terminal's size.
 */
import type { CharPort } from "@tsemu/hw";
import { gather, scatter, totalLength } from "./queue.ts";
import type { VirtioDevice, VirtioTransport } from "./core.ts";

const EMERG_WRITE = 2;
const emergencyWriteAt = 8;
const receiveQueue = 0;
const transmitQueue = 1;
/** A driver sends lines or pages; what is longer is a mistake, and would cost the host memory. */
const maxMessage = 1 << 20;

export class VirtioConsole implements VirtioDevice {
  readonly id = 3;
  readonly queueSizes = [128, 128];
  readonly features = [EMERG_WRITE];
  readonly configSize = 12;
  readonly #port: CharPort;
  #transport: VirtioTransport | undefined;

  constructor(port: CharPort) {
    this.#port = port;
    port.attach((bytes) => this.#receive(bytes));
  }

  connect(transport: VirtioTransport): void {
    this.#transport = transport;
  }

  readConfig(): number {
    return 0;
  }

  /** Works before the device is set up: a byte to the terminal. */
  writeConfig(offset: number, byte: number): void {
    if (offset === emergencyWriteAt) this.#port.write(Uint8Array.of(byte));
  }

  start(): void {
    this.#port.resume();
  }

  reset(): void {}

  notify(n: number): void {
    if (n === receiveQueue) this.#port.resume();
    else if (n === transmitQueue) this.#transmit();
  }

  #transmit(): void {
    const t = this.#transport;
    const queue = t?.queues[transmitQueue];
    if (t === undefined || queue === undefined) return;
    let any = false;
    for (let i = queue.size; i > 0 && t.running; i--) {
      const chain = queue.pop();
      if (chain === undefined) break;
      const length = totalLength(chain.readable);
      if (length > maxMessage) t.log.log("guest_errors", () => `${t.name}: virtio console message of ${length} bytes cut`);
      const bytes = new Uint8Array(Math.min(length, maxMessage));
      gather(t.dma, chain.readable, 0, bytes);
      if (bytes.length > 0) this.#port.write(bytes);
      queue.push(chain.head, 0);
      any = true;
    }
    if (any) t.signal(queue);
  }

  #receive(bytes: Uint8Array): number {
    const t = this.#transport;
    const queue = t?.queues[receiveQueue];
    if (t === undefined || queue === undefined || !t.running) return 0;
    let taken = 0;
    for (let i = queue.size; i > 0 && taken < bytes.length; i--) {
      const chain = queue.pop();
      if (chain === undefined) break;
      const written = scatter(t.dma, chain.writable, 0, bytes.subarray(taken));
      queue.push(chain.head, written);
      taken += written;
    }
    if (taken > 0) t.signal(queue);
    return taken;
  }
}
