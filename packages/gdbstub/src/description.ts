/** The target description that gdb reads: which registers there are, from the target's declaration. */
import type { DebugFeature, DebugRegister } from "@tsemu/target";

/** A register and gdb's number for it. */
export interface NumberedRegister {
  readonly number: number;
  readonly register: DebugRegister;
}

/** All registers in the order of gdb's numbers: that of the `g` packet. */
export function numbered(features: readonly DebugFeature[]): readonly NumberedRegister[] {
  const list: NumberedRegister[] = [];
  let next = 0;
  for (const { registers } of features)
    for (const register of registers) {
      const number = register.number ?? next;
      list.push({ number, register });
      next = number + 1;
    }
  return list.toSorted((a, b) => a.number - b.number);
}

export function targetXml(architecture: string, features: readonly DebugFeature[]): string {
  const numbers = new Map(numbered(features).map(({ number, register }) => [register, number]));
  const registers = (list: readonly DebugRegister[]): string =>
    list
      .map((register) => {
        const { name, bits, type, group } = register;
        const more = `${type === undefined ? "" : ` type="${type}"`}${group === undefined ? "" : ` group="${group}"`}`;
        return `<reg name="${name}" bitsize="${bits}" regnum="${numbers.get(register)}"${more}/>\n`;
      })
      .join("");
  const lists = features.map(({ name, registers: list }) => `<feature name="${name}">\n${registers(list)}</feature>\n`);
  return `<?xml version="1.0"?>
<!DOCTYPE target SYSTEM "gdb-target.dtd">
<target version="1.0">
<architecture>${architecture}</architecture>
${lists.join("")}</target>
`;
}
