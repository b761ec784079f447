/** Repeated measurement of small things. The only file that knows benny. */
import benny from "benny";

export interface Case {
  readonly name: string;
  /** What is measured; does the same work each time. */
  run(): void;
}

export interface Sampling {
  /** Samples at least; seconds at most, unless the samples take longer. */
  readonly samples?: number;
  readonly seconds?: number;
}

/** Seconds of one `run` of each case, by the case's name: the least of the samples, since what else runs on the machine only adds. */
export const measure = async (title: string, cases: readonly Case[], { samples = 5, seconds = 0.5 }: Sampling = {}) => {
  const options = { minSamples: samples, maxTime: seconds, initCount: 1 };
  const summary = await benny.suite(title, ...cases.map(({ name, run }) => benny.add(name, run, options)));
  return new Map<string, number>(summary.results.map(({ name, details }) => [name, Math.min(...details.sampleResults)]));
};
