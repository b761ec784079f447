/** `-snapshot`: what the guest writes is kept in memory, and the disk below it stays as it is. */
import type { BlockPort } from "@tsemu/hw";

export const clusterBytes = 65_536;

export class OverlayBlockPort implements BlockPort {
  readonly size: number;
  readonly readOnly = false;
  readonly #below: BlockPort;
  /** Clusters that were written. They are promises since the rest of a cluster comes from below, and two writes may want it at once. */
  readonly #clusters = new Map<number, Promise<Uint8Array>>();

  constructor(below: BlockPort) {
    this.#below = below;
    this.size = below.size;
  }

  async read(offset: number, into: Uint8Array): Promise<void> {
    const parts: Promise<void>[] = [];
    for (const { cluster, start, at, length } of split(offset, into.length)) {
      const piece = into.subarray(at, at + length);
      const own = this.#clusters.get(cluster);
      parts.push(
        own === undefined
          ? this.#below.read(cluster * clusterBytes + start, piece)
          : own.then((bytes) => piece.set(bytes.subarray(start, start + length))),
      );
    }
    await Promise.all(parts);
  }

  async write(offset: number, from: Uint8Array): Promise<void> {
    const parts: Promise<void>[] = [];
    for (const { cluster, start, at, length } of split(offset, from.length)) {
      const piece = from.subarray(at, at + length);
      parts.push(this.#own(cluster, length === clusterBytes).then((bytes) => bytes.set(piece, start)));
    }
    await Promise.all(parts);
  }

  async flush(): Promise<void> {}

  async close(): Promise<void> {
    this.#clusters.clear();
    await this.#below.close();
  }

  #own(cluster: number, whole: boolean): Promise<Uint8Array> {
    const known = this.#clusters.get(cluster);
    if (known !== undefined) return known;
    const fetched = whole ? Promise.resolve(new Uint8Array(clusterBytes)) : this.#fetch(cluster);
    this.#clusters.set(cluster, fetched);
    // After an error the next write may try again.
    fetched.catch(() => this.#clusters.delete(cluster));
    return fetched;
  }

  async #fetch(cluster: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(clusterBytes);
    const start = cluster * clusterBytes;
    const there = Math.min(clusterBytes, this.size - start);
    if (there > 0) await this.#below.read(start, bytes.subarray(0, there));
    return bytes;
  }
}

interface Piece {
  readonly cluster: number;
  /** Within the cluster. */
  readonly start: number;
  /** Within the request. */
  readonly at: number;
  readonly length: number;
}

const split = (offset: number, length: number): Piece[] => {
  const pieces: Piece[] = [];
  for (let at = 0; at < length; ) {
    const cluster = Math.floor((offset + at) / clusterBytes);
    const start = (offset + at) % clusterBytes;
    const part = Math.min(length - at, clusterBytes - start);
    pieces.push({ cluster, start, at, length: part });
    at += part;
  }
  return pieces;
};
