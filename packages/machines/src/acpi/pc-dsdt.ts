/** The devices of a PC with i440FX and PIIX3, in ACPI Machine Language: the PCI bus, how its interrupts are routed, what is on the ISA bus. */
import {
  type Aml,
  and,
  argument,
  busNumbers,
  byteFields,
  device,
  dwordField,
  eisaId,
  give,
  integer,
  ioPorts,
  ioRange,
  isaInterrupt,
  local,
  memory32,
  memoryRange,
  method,
  name,
  operationRegion,
  or,
  otherwise,
  packageOf,
  path,
  resources,
  scope,
  sharedInterrupt,
  space,
  store,
  when,
} from "./aml.ts";

/** Routing registers: not connected. */
const DISABLED = 0x80;
/** Requests that PCI interrupts may be routed to. */
const requests = [5, 10, 11] as const;
const SCI = 9;
const slots = 32;
const pins = 4;
// _STA: there and in use; there, but not in use.
const IN_USE = 0x0b;
const NOT_IN_USE = 0x09;
/** Where the number stands in a descriptor of one shared interrupt. */
const INTERRUPT_AT = 5;

export interface DsdtOptions {
  /** Where memory of PCI devices begins: behind the RAM below 4 GiB. */
  readonly pciMemory: number;
  readonly serialPorts: readonly { readonly port: number; readonly irq: number }[];
}

/** PIRQA to PIRQD as a device whose interrupt an operating system may choose. */
const link = (n: number): Aml => {
  const register = path(`\\_SB.PCI0.ISA.PRQ${n}`);
  return device(
    `LNK${"ABCD"[n]}`,
    name("_HID", eisaId("PNP0C0F")),
    name("_UID", integer(n)),
    name("_PRS", resources(sharedInterrupt(...requests))),
    method("_STA", 0, when(and(register, integer(DISABLED)), give(integer(NOT_IN_USE))), give(integer(IN_USE))),
    method("_DIS", 0, or(register, integer(DISABLED), register)),
    method(
      "_CRS",
      0,
      store(resources(sharedInterrupt(0)), local(0)),
      dwordField(local(0), INTERRUPT_AT, "NUMB"),
      when(and(register, integer(DISABLED)), store(integer(0), path("NUMB"))),
      otherwise(store(and(register, integer(0xf)), path("NUMB"))),
      give(local(0)),
    ),
    method("_SRS", 1, dwordField(argument(0), INTERRUPT_AT, "CHOS"), store(path("CHOS"), register)),
  );
};

/** Power management's interrupt, which stays where it is. */
const fixedLink = device(
  "LNKS",
  name("_HID", eisaId("PNP0C0F")),
  name("_UID", integer(pins)),
  name("_PRS", resources(sharedInterrupt(SCI))),
  method("_STA", 0, give(integer(IN_USE))),
  method("_DIS", 0),
  method("_CRS", 0, give(path("_PRS"))),
  method("_SRS", 1),
);

/** The routing table: for each slot and pin one of the links, turned by one from slot to slot. */
const routes = packageOf(
  Array.from({ length: slots * pins }, (_, i) => {
    const [slot, pin] = [Math.floor(i / pins), i % pins];
    const to = slot === 1 && pin === 0 ? "LNKS" : `LNK${"ABCD"[(slot + pin + 3) % pins]}`;
    return packageOf([integer(slot * 0x1_0000 + 0xffff), integer(pin), path(to), integer(0)]);
  }),
);

const isaDevices = (o: DsdtOptions): Aml[] => [
  device("KBD", name("_HID", eisaId("PNP0303")), name("_CRS", resources(ioPorts(0x60, 1), ioPorts(0x64, 1), isaInterrupt(1)))),
  device("MOU", name("_HID", eisaId("PNP0F13")), name("_CRS", resources(isaInterrupt(12)))),
  device("RTC", name("_HID", eisaId("PNP0B00")), name("_CRS", resources(ioPorts(0x70, 2), isaInterrupt(8)))),
  ...o.serialPorts.map(({ port, irq }, n) =>
    device(
      `COM${n + 1}`,
      name("_HID", eisaId("PNP0501")),
      name("_UID", integer(n + 1)),
      name("_CRS", resources(ioPorts(port, 8), isaInterrupt(irq))),
    ),
  ),
];

/** The body of the DSDT, behind its header. */
export const pcDsdt = (o: DsdtOptions): Aml => [
  ...scope(
    "\\_SB",
    device(
      "PCI0",
      name("_HID", eisaId("PNP0A03")),
      name("_UID", integer(0)),
      name(
        "_CRS",
        resources(
          busNumbers(0, 0xff),
          ioPorts(0xcf8, 8),
          ioRange(0, 0xcf7),
          ioRange(0xd00, 0xffff),
          memoryRange(0xa_0000, 0xb_ffff),
          memoryRange(o.pciMemory, 0xfebf_ffff),
        ),
      ),
      device(
        "ISA",
        name("_ADR", integer(0x1_0000)),
        operationRegion("ROUT", space.pciConfig, 0x60, pins),
        byteFields("ROUT", ["PRQ0", "PRQ1", "PRQ2", "PRQ3"]),
        ...isaDevices(o),
      ),
      name("_PRT", routes),
    ),
    ...[0, 1, 2, 3].map(link),
    fixedLink,
    device("HPET", name("_HID", eisaId("PNP0103")), name("_UID", integer(0)), name("_CRS", resources(memory32(0xfed0_0000, 0x400)))),
  ),
  // Soft off is sleep type 0.
  ...name("\\_S5", packageOf([integer(0), integer(0), integer(0), integer(0)])),
];
