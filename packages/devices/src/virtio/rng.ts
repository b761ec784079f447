/** The virtio entropy device: VIRTIO 1.2, section 5.4. */
import type { RandomPort } from "@tsemu/hw";
import { scatter, totalLength } from "./queue.ts";
import type { VirtioDevice, VirtioTransport } from "./core.ts";

/** A request is answered with at most this much; the driver asks again. */
const maxBytes = 4096;

export class VirtioRng implements VirtioDevice {
  readonly id = 4;
  readonly queueSizes = [8];
  readonly features: readonly number[] = [];
  readonly configSize = 0;
  readonly #random: RandomPort;
  #transport: VirtioTransport | undefined;

  constructor(random: RandomPort) {
    this.#random = random;
  }

  connect(transport: VirtioTransport): void {
    this.#transport = transport;
  }

  readConfig(): number {
    return 0;
  }

  writeConfig(): void {}

  reset(): void {}

  notify(): void {
    const t = this.#transport;
    const queue = t?.queues[0];
    if (t === undefined || queue === undefined) return;
    let any = false;
    for (let i = queue.size; i > 0 && t.running; i--) {
      const chain = queue.pop();
      if (chain === undefined) break;
      const bytes = new Uint8Array(Math.min(totalLength(chain.writable), maxBytes));
      this.#random.fill(bytes);
      queue.push(chain.head, scatter(t.dma, chain.writable, 0, bytes));
      any = true;
    }
    if (any) t.signal(queue);
  }
}
