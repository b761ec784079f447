import { describe, expect, it } from "vitest";
import {
  cells64,
  cloneTree,
  fdtNode,
  fdtTree,
  findNode,
  getCells,
  getString,
  parseFdt,
  serialiseFdt,
  setChosen,
  setMemory,
} from "./fdt.ts";
import { printFdt } from "./fdt-print.ts";

const sample = () =>
  fdtTree(
    fdtNode("", { "#address-cells": 2, "#size-cells": 2, compatible: ["acme,board", "acme"], empty: true }, [
      fdtNode("memory@0", { reg: [0, 0, 0, 0x1000] }),
      fdtNode("uart@9000000", { reg: [...cells64(0x9_0000_0000), ...cells64(0x1000)], odd: Uint8Array.of(1, 2, 3) }),
    ]),
  );

describe("FDT", () => {
  it("round-trips", () => {
    const tree = sample();
    tree.reserved.push({ address: 0x1000n, size: 0x20n });
    const again = parseFdt(serialiseFdt(tree));
    expect(again).toEqual(tree);
    expect(printFdt(again)).toBe(`/dts-v1/;
/memreserve/ 0x1000 0x20;

/ {
	#address-cells = <0x02>;
	#size-cells = <0x02>;
	compatible = "acme,board\\0acme";
	empty;

	memory@0 {
		reg = <0x00 0x00 0x00 0x1000>;
	};

	uart@9000000 {
		reg = <0x09 0x00 0x00 0x1000>;
		odd = [01 02 03];
	};
};
`);
  });

  it("holds properties of any size", () => {
    const tree = fdtTree(fdtNode("", { large: new Uint8Array(100_001).fill(7) }));
    expect(parseFdt(serialiseFdt(tree))).toEqual(tree);
  });

  it("edits memory and chosen, and a clone apart from its original", () => {
    const original = sample();
    const tree = cloneTree(original);
    setMemory(tree, 0x4000_0000, 0x1_0000_0000);
    setChosen(tree, { bootargs: "console=ttyAMA0", initrdStart: 0x4400_0000, initrdEnd: 0x4400_1234 });
    expect(findNode(tree, "/memory@0")).toBeUndefined();
    expect(getCells(findNode(tree, "/memory")!, "reg")).toEqual([0, 0x4000_0000, 1, 0]);
    expect(getString(findNode(tree, "/chosen")!, "bootargs")).toBe("console=ttyAMA0");
    expect(getCells(findNode(tree, "/chosen")!, "linux,initrd-end")).toEqual([0x4400_1234]);
    expect(original).toEqual(sample());
  });

  it("writes memory in the cells of the tree", () => {
    const tree = fdtTree(fdtNode("", { "#address-cells": 1, "#size-cells": 1 }));
    setMemory(tree, 0, 0x800_0000);
    expect(getCells(findNode(tree, "/memory@0")!, "reg")).toEqual([0, 0x800_0000]);
    expect(() => setMemory(tree, 0x4000_0000, 2 ** 32)).toThrow("RAM size > 4GB");
  });

  it("refuses every truncation and never loops", () => {
    const blob = serialiseFdt(sample());
    for (let length = 0; length < blob.length; length++) expect(() => parseFdt(blob.slice(0, length), "x.dtb")).toThrow(/^x\.dtb: /);
    for (let at = 0; at < blob.length; at++) {
      const broken = blob.slice();
      broken[at] = broken[at]! ^ 0xff;
      try {
        parseFdt(broken);
      } catch (e) {
        expect((e as Error).name).toBe("UserError");
      }
    }
  });
});
