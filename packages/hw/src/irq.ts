/** One interrupt or reset wire: a level. Edge-triggered receivers compare with the level they saw before. */
export interface IrqLine {
  set(level: boolean): void;
}

/** A wire that leads nowhere. */
export const unconnected: IrqLine = { set() {} };

/** An OR gate: as many inputs as asked for, one output. */
export function orGate(output: IrqLine): () => IrqLine {
  let high = 0;
  return () => {
    let mine = false;
    return {
      set(level) {
        if (level === mine) return;
        mine = level;
        high += level ? 1 : -1;
        if (high === (level ? 1 : 0)) output.set(level);
      },
    };
  };
}
