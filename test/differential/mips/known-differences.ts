/** Where QEMU 7.2 and we differ on purpose: by row and by what differs, with the reason. */
import type { Vector } from "./vector-file.ts";

/*
 * Not generated, so that they are in no list:
 * - FCSR.FS: QEMU's flushed results raise nothing. The cores' manuals have underflow and inexact, and so have we.
 * - Branches on $0 that are never taken: QEMU treats them as no branches, so that an exception in their delay slot has no BD.
 * - Results of the DSP ASE that go to $0: QEMU leaves DSPControl alone then.
 * - Odd condition codes of comparisons of pairs are UNPREDICTABLE.
 * - Odd numbers of doubles with Status.FR 0 are UNPREDICTABLE.
 */

interface Difference {
  readonly row: RegExp;
  readonly problem: RegExp;
  readonly reason: string;
}

export const knownDifferences: readonly Difference[] = [];

export const isKnown = (vector: Vector, problem: string): boolean =>
  knownDifferences.some((known) => known.row.test(vector.row) && known.problem.test(problem));
