import { Logger } from "@tsemu/base";
import { FakeClock, RecordedLine } from "@tsemu/hw";
import { describe, expect, it } from "vitest";
import { I8042 } from "./i8042.ts";
import { Ps2Keyboard } from "./ps2-keyboard.ts";
import { Ps2Mouse } from "./ps2-mouse.ts";

const setUp = () => {
  const [keyboard, mouse] = [new Ps2Keyboard(), new Ps2Mouse()];
  const irqs = [new RecordedLine(), new RecordedLine()] as const;
  const events: string[] = [];
  const controller = new I8042({
    name: "i8042",
    clock: new FakeClock(),
    log: new Logger(),
    keyboard,
    mouse,
    irqs,
    onReset: () => events.push("reset"),
    onA20: (open) => events.push(`a20 ${open}`),
  });
  const d = {
    keyboard,
    mouse,
    irqs,
    events,
    controller,
    command: (...bytes: number[]) => {
      controller.write(1, bytes[0]!);
      for (const byte of bytes.slice(1)) controller.write(0, byte);
    },
    /** All that waits, with what came from the mouse marked. */
    drain: () => {
      const bytes: string[] = [];
      for (let status = controller.read(1); (status & 1) !== 0; status = controller.read(1)) {
        bytes.push(`${(status & 0x20) === 0 ? "" : "m"}${controller.read(0).toString(16)}`);
      }
      return bytes.join(" ");
    },
    toKeyboard: (...bytes: number[]) => {
      for (const byte of bytes) controller.write(0, byte);
      return d.drain();
    },
    toMouse: (...bytes: number[]) => {
      for (const byte of bytes) d.command(0xd4, byte);
      return d.drain();
    },
  };
  return d;
};

describe("i8042", () => {
  it("passes its tests, and keeps a command byte", () => {
    const d = setUp();
    d.command(0xaa);
    d.command(0xab);
    d.command(0xa9);
    expect(d.drain()).toBe("55 0 0");
    d.command(0x60, 0x65);
    d.command(0x20);
    expect([d.drain(), d.controller.read(1) & 4]).toEqual(["65", 4]);
    d.command(0xa8);
    d.command(0x20);
    expect(d.drain()).toBe("45");
  });

  it("switches address line 20, and resets", () => {
    const d = setUp();
    d.command(0xd1, 0xdd);
    d.command(0xd1, 0xdf);
    d.command(0xfe);
    expect(d.events).toEqual(["a20 false", "a20 true", "reset"]);
    d.command(0xd0);
    expect(d.drain()).toBe("3");
  });

  it("interrupts once for each byte", () => {
    const d = setUp();
    d.keyboard.key(0x1c);
    d.keyboard.key(0xf0, 0x1c);
    expect(d.irqs[0].level).toBe(true);
    expect(d.drain()).toBe("1c f0 1c");
    expect([d.irqs[0].level, d.irqs[0].rises, d.irqs[1].rises]).toEqual([false, 3, 0]);
    d.command(0x60, 0x44);
    d.keyboard.key(0x1c);
    expect(d.irqs[0].level).toBe(false);
  });

  it("translates into set 1", () => {
    const d = setUp();
    d.command(0x60, 0x45);
    d.keyboard.key(0x1c); // A
    d.keyboard.key(0xf0, 0x1c);
    d.keyboard.key(0xe0, 0x75); // up
    d.keyboard.key(0xe0, 0xf0, 0x75);
    d.keyboard.key(0x83); // F7
    expect(d.drain()).toBe("1e 9e e0 48 e0 c8 41");
  });

  it("says nothing of a device that is switched off, until it is on again", () => {
    const d = setUp();
    d.command(0xad);
    d.keyboard.key(0x1c);
    expect(d.drain()).toBe("");
    d.command(0xae);
    expect(d.drain()).toBe("1c");
    // What software puts into the buffers comes as if from a device.
    d.command(0xd2, 0x12);
    expect(d.drain()).toBe("12");
    d.command(0xd3, 0x34);
    expect(d.drain()).toBe("m34");
  });
});

describe("the keyboard", () => {
  it("answers commands", () => {
    const d = setUp();
    expect(d.toKeyboard(0xff)).toBe("fa aa");
    expect(d.toKeyboard(0xf2)).toBe("fa ab 83");
    expect(d.toKeyboard(0xee)).toBe("ee");
    expect(d.toKeyboard(0xed, 5)).toBe("fa fa");
    expect(d.keyboard.leds).toBe(5);
    expect(d.toKeyboard(0xf0, 0)).toBe("fa fa 2");
    expect(d.toKeyboard(0xf0, 3)).toBe("fa fe");
    expect(d.toKeyboard(0x01)).toBe("fe");
    expect(d.toKeyboard(0xf5)).toBe("fa");
    expect(d.keyboard.key(0x1c)).toBe(false);
    expect(d.toKeyboard(0xf4)).toBe("fa");
    expect(d.keyboard.key(0x1c)).toBe(true);
  });

  it("drops what finds no room", () => {
    const d = setUp();
    let taken = 0;
    for (let i = 0; i < 1000; i++) if (d.keyboard.key(0xf0, 0x1c)) taken++;
    expect(taken).toBeLessThan(100);
    expect(d.drain().split(" ")).toHaveLength(2 * taken);
  });
});

describe("the mouse", () => {
  it("tells its movements once it may", () => {
    const d = setUp();
    expect(d.toMouse(0xff)).toBe("mfa maa m0");
    d.mouse.move(1, 1, 0, 0);
    expect(d.drain()).toBe("");
    expect(d.toMouse(0xf6, 0xf4)).toBe("mfa mfa");
    d.mouse.move(3, -2, 0, 1);
    expect(d.irqs[1].level).toBe(true);
    expect(d.drain()).toBe("m29 m3 mfe");
    expect(d.toMouse(0xe8, 3, 0xe7, 0xe9)).toBe("mfa mfa mfa mfa m34 m3 m64");
  });

  it("has a wheel for those who ask for one", () => {
    const d = setUp();
    const rates = (...list: number[]) => d.toMouse(...list.flatMap((rate) => [0xf3, rate]));
    rates(200, 100, 80);
    expect(d.toMouse(0xf2, 0xf4)).toBe("mfa m3 mfa");
    d.mouse.move(0, 0, -1, 0);
    expect(d.drain()).toBe("m8 m0 m0 mff");
    rates(200, 200, 80);
    expect(d.toMouse(0xf2)).toBe("mfa m4");
    d.mouse.move(0, 0, 1, 0x10);
    expect(d.drain()).toBe("m8 m0 m0 m21");
  });

  it("reports when asked, in remote mode, and echoes in wrap mode", () => {
    const d = setUp();
    expect(d.toMouse(0xf0, 0xf4)).toBe("mfa mfa");
    d.mouse.move(300, 0, 0, 0);
    expect(d.toMouse(0xeb)).toBe("mfa m8 mff m0");
    expect(d.toMouse(0xeb)).toBe("mfa m8 m2d m0");
    expect(d.toMouse(0xee, 0x12, 0xf4, 0xec)).toBe("mfa m12 mf4 mfa");
  });
});
