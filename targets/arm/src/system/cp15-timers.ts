/** CP15 c9 (performance monitors, ARM DDI 0406C C12) and c14 (Generic Timer, B8). */
import type { ArmCpu } from "../arm-cpu.ts";
import type { TimerName } from "./generic-timer.ts";
import { cp15, type RowsFor, slotIndex, stored, type SystemRegister, wide, type WideRegister, type WideRowsFor } from "./registers.ts";

const word = (cpu: ArmCpu, name: string): number => cpu.state.u32[slotIndex(name)]!;
const split = (x: number): readonly [number, number] => [(x % 2 ** 32) >>> 0, Math.floor(x / 2 ** 32) >>> 0];

/** CNTKCTL's PL0 enables: bit 9 PL0PTEN, 8 PL0VTEN, 1 PL0VCTEN, 0 PL0PCTEN. */
const userIf =
  (bit: number) =>
  (cpu: ArmCpu): boolean =>
    ((word(cpu, "cntkctl") >>> bit) & 1) !== 0;

const timerRows = (name: TimerName, crm: number, enable: number): SystemRegister[] => [
  {
    name: `${name}_tval`.toUpperCase(),
    key: cp15(14, 0, crm, 0),
    user: userIf(enable),
    read: (cpu) => cpu.timer.timerValue(name),
    write: (cpu, value) => cpu.timer.setTimerValue(name, value),
  },
  {
    name: `${name}_ctl`.toUpperCase(),
    key: cp15(14, 0, crm, 1),
    user: userIf(enable),
    read: (cpu) => cpu.timer.control(name),
    write: (cpu, value) => cpu.timer.setControl(name, value),
  },
];

/** PMCR: bits E, P, C, D, X, DP; no event counters (N = 0), implementer ARM. */
const PMCR_ID = 0x41000000;

function cycles(cpu: ArmCpu): number {
  const base = word(cpu, "pmccntr_base") + word(cpu, "pmccntr_baseh") * 2 ** 32;
  return cpu.env.instructionCount() - base;
}

function setCycles(cpu: ArmCpu, value: number): void {
  const [low, high] = split(Math.max(0, cpu.env.instructionCount() - value));
  cpu.state.u32[slotIndex("pmccntr_base")] = low;
  cpu.state.u32[slotIndex("pmccntr_baseh")] = high;
}

const userPmu = (cpu: ArmCpu): boolean => (word(cpu, "pmuserenr") & 1) !== 0;

/** Sets (or clears) the bits written. */
const bitRegister = (name: string, slot: string, key: number, set: boolean): SystemRegister => ({
  name,
  key,
  user: userPmu,
  read: (cpu) => word(cpu, slot),
  write: (cpu, value) => {
    const at = slotIndex(slot);
    const bits = value & 0x8000_0000;
    cpu.state.u32[at] = (set ? cpu.state.u32[at]! | bits : cpu.state.u32[at]! & ~bits) >>> 0;
  },
});

const performanceMonitors: readonly SystemRegister[] = [
  {
    name: "PMCR",
    key: cp15(9, 0, 12, 0),
    user: userPmu,
    read: (cpu) => PMCR_ID | word(cpu, "pmcr"),
    write: (cpu, value) => {
      cpu.state.u32[slotIndex("pmcr")] = value & 0x39;
      if ((value & 4) !== 0) setCycles(cpu, 0);
    },
  },
  bitRegister("PMCNTENSET", "pmcnten", cp15(9, 0, 12, 1), true),
  bitRegister("PMCNTENCLR", "pmcnten", cp15(9, 0, 12, 2), false),
  bitRegister("PMOVSR", "pmovs", cp15(9, 0, 12, 3), false),
  { name: "PMSWINC", key: cp15(9, 0, 12, 4), user: userPmu, write: () => {} },
  { ...stored("pmselr", cp15(9, 0, 12, 5), 0x1f), user: userPmu },
  { name: "PMCEID0", key: cp15(9, 0, 12, 6), user: userPmu, read: () => 0 },
  { name: "PMCEID1", key: cp15(9, 0, 12, 7), user: userPmu, read: () => 0 },
  { name: "PMCCNTR", key: cp15(9, 0, 13, 0), user: userPmu, read: (cpu) => split(cycles(cpu))[0], write: setCycles },
  { name: "PMXEVTYPER", key: cp15(9, 0, 13, 1), user: userPmu, read: () => 0, write: () => {} },
  { name: "PMXEVCNTR", key: cp15(9, 0, 13, 2), user: userPmu, read: () => 0, write: () => {} },
  { ...stored("pmuserenr", cp15(9, 0, 14, 0), 1), user: "r" },
  { ...bitRegister("PMINTENSET", "pminten", cp15(9, 0, 14, 1), true), user: () => false },
  { ...bitRegister("PMINTENCLR", "pminten", cp15(9, 0, 14, 2), false), user: () => false },
  bitRegister("PMOVSSET", "pmovs", cp15(9, 0, 14, 3), true),
];

export const timers: RowsFor = (f) => {
  const rows: SystemRegister[] = f.pmu ? [...performanceMonitors] : [];
  if (!f.genericTimer) return rows;
  return [
    ...rows,
    {
      ...stored("cntfrq", cp15(14, 0, 0, 0)),
      user: (cpu, write) => !write && (word(cpu, "cntkctl") & 3) !== 0,
    },
    stored("cntkctl", cp15(14, 0, 1, 0), 0x3ff),
    ...timerRows("cntp", 2, 9),
    ...timerRows("cntv", 3, 8),
  ];
};

const counter = (name: string, key: number, timer: TimerName, enable: number): WideRegister => ({
  name,
  key,
  read: (cpu) => split(cpu.timer.count(timer)),
  user: (cpu, write) => !write && userIf(enable)(cpu),
});

const compare = (name: string, key: number, timer: TimerName, enable: number): WideRegister => ({
  name,
  key,
  read: (cpu) => cpu.timer.compareValue(timer),
  write: (cpu, low, high) => cpu.timer.setCompareValue(timer, low >>> 0, high >>> 0),
  user: userIf(enable),
});

export const wideTimers: WideRowsFor = (f) =>
  f.genericTimer
    ? [
        counter("CNTPCT", wide(0, 14), "cntp", 0),
        counter("CNTVCT", wide(1, 14), "cntv", 1),
        compare("CNTP_CVAL", wide(2, 14), "cntp", 9),
        compare("CNTV_CVAL", wide(3, 14), "cntv", 8),
      ]
    : [];
