/**
 * Records that follow one another and that one handler executes: the first record's handler is replaced by the sequence's, and nothing else changes, so that
 * what jumps to one of the others finds it as it was.
 */
import { handlerNamed, handlers } from "./handlers.ts";

/** Words of a record by its handler; 0: the record tells its length, in bytes, in its word 3. */
const lengths = new Uint8Array(handlers.at(-1)!.index + 1);
/** By handler: the word that says where to go if the condition is false; 0 if it is no condition. */
const elseWords = new Uint8Array(lengths.length);
for (const { index, words, what } of handlers) {
  lengths[index] = what.kind === "callHost" ? 0 : words;
  if (what.kind === "if" || what.kind === "ifCompare") elseWords[index] = words - 1;
}
const goto = handlerNamed("goto");

/** What the handlers so far may go on with, and the sequence that they are. */
interface Node {
  readonly next: (Node | undefined)[];
  sequence: number;
}

const root: Node = { next: [], sequence: 0 };
for (const { index, what } of handlers) {
  if (what.kind !== "sequence") continue;
  let node = root;
  for (const part of what.parts) node = node.next[handlerNamed(part).index] ??= { next: [], sequence: 0 };
  node.sequence = index;
}

/** Replaces handlers in the records from word `from` to `end`, the longest sequences first come. */
export function fuseSequences(words: Uint32Array, from: number, end: number): void {
  for (let at = from; at < end; ) {
    let node = root.next[words[at]!];
    let next = at + length(words, at);
    if (node === undefined) {
      at = next;
      continue;
    }
    let sequence = 0;
    let sequenceEnd = next;
    for (let last = at, then = next; then < end; ) {
      // A goto behind a condition: what is behind that one must be the other way.
      const elseWord = words[then] === goto.index ? elseWords[words[last]!]! : 0;
      if (elseWord !== 0 && words[last + elseWord] !== 4 * (then + goto.words)) break;
      node = node.next[words[then]!];
      if (node === undefined) break;
      last = then;
      then += length(words, then);
      if (node.sequence === 0) continue;
      sequence = node.sequence;
      sequenceEnd = then;
    }
    if (sequence !== 0) {
      words[at] = sequence;
      next = sequenceEnd;
    }
    at = next;
  }
}

const length = (words: Uint32Array, at: number): number => lengths[words[at]!]! || words[at + 3]! >> 2;
