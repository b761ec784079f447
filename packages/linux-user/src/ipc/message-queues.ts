/** Message queues of System V: messages with types, taken out in order or by type. */
import type { Credentials } from "../process.ts";
import { WaitQueue } from "../wait-queue.ts";
import { IpcObject, IpcTable } from "./ipc-table.ts";

export const MOST_QUEUES = 32_000;
export const LONGEST_MESSAGE = 8192;
export const MOST_BYTES = 16_384;

export interface Message {
  readonly type: number;
  readonly bytes: Uint8Array;
}

export class MessageQueue extends IpcObject {
  readonly changed = new WaitQueue();
  messages: Message[] = [];
  bytes = 0;
  mostBytes = MOST_BYTES;
  lastSender = 0;
  lastReceiver = 0;
  sentNs = 0n;
  receivedNs = 0n;

  constructor(id: number, key: number, mode: number, credentials: Credentials, nowNs: bigint) {
    super(id, key, mode, credentials, nowNs);
  }

  hasRoom(length: number): boolean {
    return this.bytes + length <= this.mostBytes && this.messages.length < this.mostBytes;
  }

  put(message: Message): void {
    this.messages.push(message);
    this.bytes += message.bytes.length;
    this.changed.wake();
  }

  /** 0: the first; positive: the first of that type, or (`except`) of another; negative: the first of the lowest type up to that. */
  find(type: number, except: boolean): Message | undefined {
    if (type === 0) return this.messages[0];
    if (type > 0) return this.messages.find((m) => (m.type === type) !== except);
    const lowest = Math.min(...this.messages.map((m) => m.type));
    return lowest <= -type ? this.messages.find((m) => m.type === lowest) : undefined;
  }

  take(message: Message): void {
    this.messages.splice(this.messages.indexOf(message), 1);
    this.bytes -= message.bytes.length;
    this.changed.wake();
  }
}

export class MessageQueues {
  readonly table = new IpcTable<MessageQueue>(MOST_QUEUES);

  remove(queue: MessageQueue): void {
    this.table.remove(queue);
    queue.changed.wake();
  }
}
