/** Another open file of a stream that the host has one of: /dev/stdin, where that is a pipe or a terminal. Flags are its own, the rest is the stream's. */
import type { Awaitable } from "../awaitable.ts";
import type { WaitQueue } from "../wait-queue.ts";
import { type Caller, type IoctlMemory, OpenFile, type Stat } from "./types.ts";

export class SharedStream extends OpenFile {
  readonly #stream: OpenFile;

  constructor(stream: OpenFile, flags: number) {
    super(flags);
    this.#stream = stream.retain();
    this.title = stream.title;
  }
  protected override close(): Awaitable<void> {
    return this.#stream.release();
  }
  override stat(): Awaitable<Stat> {
    return this.#stream.stat();
  }
  override read(into: Uint8Array, caller: Caller): Awaitable<number> {
    return this.#stream.read(into, caller);
  }
  override write(from: Uint8Array, caller: Caller): Awaitable<number> {
    return this.#stream.write(from, caller);
  }
  override ioctl(request: number, argument: number, memory: IoctlMemory, caller: Caller): Awaitable<number> {
    return this.#stream.ioctl(request, argument, memory, caller);
  }
  override get isTerminal(): boolean {
    return this.#stream.isTerminal;
  }
  override poll(caller: Caller): number {
    return this.#stream.poll(caller);
  }
  override get readiness(): WaitQueue {
    return this.#stream.readiness;
  }
  override expectReadiness(): void {
    this.#stream.expectReadiness();
  }
  override openAgain(flags: number): OpenFile {
    return new SharedStream(this.#stream, flags);
  }
}
