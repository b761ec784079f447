/** Web streams of what a program reads and writes: its standard files are pipes, whose other ends are held here. */
import type { PipeEnd } from "@tsemu/linux-user";

const CHUNK = 0x1_0000;

/** Resolves when the pipe has changed. */
const change = (end: PipeEnd): Promise<void> =>
  new Promise((resolve) => {
    const leave = end.pipe.changed.add(() => {
      leave();
      resolve();
    });
  });

/** What is written to the pipe. `ended`: nobody will write any more, even though some end may still be open. */
export function readableOf(reader: PipeEnd, ended: Promise<unknown>): ReadableStream<Uint8Array> {
  const { pipe } = reader;
  let isOver = false;
  const over = ended.then(() => {
    isOver = true;
  });
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        while (pipe.length === 0) {
          if (isOver || pipe.writers === 0) {
            controller.close();
            void reader.release();
            return;
          }
          await Promise.race([change(reader), over]);
        }
        const bytes = new Uint8Array(Math.min(CHUNK, pipe.length));
        pipe.take(bytes);
        controller.enqueue(bytes);
      },
      cancel() {
        void reader.release();
      },
    },
    { highWaterMark: 0 },
  );
}

/** Where to write what the program reads. It waits while the pipe is full, and fails when nobody reads any more. */
export function writableOf(writer: PipeEnd, ended: Promise<unknown>): WritableStream<Uint8Array> {
  const { pipe } = writer;
  let isOver = false;
  const over = ended.then(() => {
    isOver = true;
  });
  return new WritableStream<Uint8Array>({
    async write(bytes) {
      for (let at = 0; at < bytes.length; ) {
        if (isOver || pipe.readers === 0) throw new Error("the program does not read any more");
        const n = pipe.room(bytes.length - at);
        if (n > 0) pipe.put(bytes.subarray(at, at + n));
        else await Promise.race([change(writer), over]);
        at += n;
      }
    },
    close() {
      void writer.release();
    },
    abort() {
      void writer.release();
    },
  });
}
