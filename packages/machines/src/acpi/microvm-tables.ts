/** The ACPI tables of a microvm: ACPI without its usual hardware (ACPI 6.4, 4.1), virtio devices over MMIO, a serial port. */
import { GED_RESET, gedEvents, gedSleepType } from "@tsemu/devices";
import {
  and,
  device,
  edgeInterrupt,
  eisaId,
  integer,
  ioPorts,
  isaInterrupt,
  levelInterrupt,
  local,
  memory32,
  method,
  name,
  notify,
  operationRegion,
  packageOf,
  path,
  resources,
  scope,
  space,
  store,
  text,
  when,
  wordField,
} from "./aml.ts";
import { type AcpiFiles, acpiFiles, little, madt, table, words } from "./tables.ts";

export interface MicrovmAcpiOptions {
  readonly cpuCount: number;
  readonly ged: { readonly events: number; readonly system: number; readonly irq: number };
  readonly virtio: readonly { readonly base: number; readonly size: number; readonly irq: number }[];
  readonly serialPorts: readonly { readonly port: number; readonly irq: number }[];
}

const BUTTON_PRESSED = 0x80;
const FADT_REVISION = 5;
// Flags: WBINVD works, power and sleep button are devices, there is a reset register, no usual hardware.
const FADT_FLAGS = 0x1 | 0x10 | 0x20 | 0x400 | 0x10_0000;
/** A register of eight bits in memory. */
const register = (address: number): number[] => [0, 8, 0, 1, ...little(address, 8)];
const absent = new Array<number>(12).fill(0);

const fadt = (facsAt: number, dsdtAt: number, system: number): number[] =>
  table("FACP", FADT_REVISION, [
    ...words(facsAt, dsdtAt),
    ...new Array<number>(109 - 44).fill(0),
    0x04, // boot flags: there is no VGA
    0,
    0,
    ...words(FADT_FLAGS),
    ...register(system + 2),
    GED_RESET,
    0,
    0,
    1, // minor version
    ...little(0, 8), // the long addresses of FACS and DSDT: the short ones count
    ...little(0, 8),
    ...Array.from({ length: 8 }, () => absent).flat(),
    ...register(system),
    ...register(system + 1),
  ]);

const dsdt = (o: MicrovmAcpiOptions): number[] =>
  table("DSDT", 2, [
    ...scope(
      "\\_SB",
      device("PWRB", name("_HID", eisaId("PNP0C0C"))),
      device(
        "GED",
        name("_HID", text("ACPI0013")),
        name("_UID", integer(0)),
        name("_CRS", resources(edgeInterrupt(o.ged.irq))),
        operationRegion("EREG", space.systemMemory, o.ged.events, 4),
        wordField("EREG", "ESEL"),
        method(
          "_EVT",
          1,
          store(path("ESEL"), local(0)),
          when(and(local(0), integer(gedEvents.powerDown)), notify("\\_SB.PWRB", BUTTON_PRESSED)),
        ),
      ),
      ...o.serialPorts.map(({ port, irq }, n) =>
        device(
          `COM${n + 1}`,
          name("_HID", eisaId("PNP0501")),
          name("_UID", integer(n + 1)),
          name("_CRS", resources(ioPorts(port, 8), isaInterrupt(irq))),
        ),
      ),
      device("RTC", name("_HID", eisaId("PNP0B00")), name("_CRS", resources(ioPorts(0x70, 2), isaInterrupt(8)))),
      ...o.virtio.map(({ base, size, irq }, n) =>
        device(
          `VR${String(n).padStart(2, "0")}`,
          name("_HID", text("LNRO0005")),
          name("_UID", integer(n)),
          name("_CRS", resources(memory32(base, size), levelInterrupt(irq))),
        ),
      ),
    ),
    ...name("\\_S5", packageOf([gedSleepType.softOff, 0, 0, 0].map(integer))),
  ]);

export const microvmAcpi = (o: MicrovmAcpiOptions): AcpiFiles =>
  acpiFiles({
    dsdt: dsdt(o),
    fadt: (facsAt, dsdtAt) => fadt(facsAt, dsdtAt, o.ged.system),
    others: [madt({ cpuCount: o.cpuCount, levels: [], timer: 2 })],
  });
