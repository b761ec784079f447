/** Fault status encodings (ARM DDI 0406C, B3.13) and the attributes that walks collect. */
import { type Access, GuestFault, type Mapping } from "@tsemu/target";
import { exceptions } from "../host-calls.ts";

export type FaultKind = "alignment" | "translation" | "accessFlag" | "domain" | "permission" | "externalOnWalk" | "external" | "debug";

/** Short-descriptor FS[4:0] for a fault at level 1 or 2. */
const shortStatus: Readonly<Record<FaultKind, readonly [number, number]>> = {
  alignment: [0b00001, 0b00001],
  translation: [0b00101, 0b00111],
  accessFlag: [0b00011, 0b00110],
  domain: [0b01001, 0b01011],
  permission: [0b01101, 0b01111],
  externalOnWalk: [0b01100, 0b01110],
  external: [0b01000, 0b01000],
  debug: [0b00010, 0b00010],
};

/** Long-descriptor STATUS[5:0] for level 0 (no level given by the encoding's LL). */
const longStatus: Readonly<Record<FaultKind, number>> = {
  alignment: 0b100001,
  translation: 0b000100,
  accessFlag: 0b001000,
  domain: 0b001100,
  permission: 0b001100,
  externalOnWalk: 0b010100,
  external: 0b010000,
  debug: 0b100010,
};

const hasLevel = new Set<FaultKind>(["translation", "accessFlag", "permission", "externalOnWalk"]);

/** The FSR value for a fault: format bit, status, domain, and WnR for data writes. */
export function faultStatus(kind: FaultKind, level: number, access: Access, long: boolean, domain: number): number {
  const wnr = access === "write" ? 1 << 11 : 0;
  if (long) return (1 << 9) | wnr | (longStatus[kind] + (hasLevel.has(kind) ? level : 0));
  const fs = shortStatus[kind][level === 2 ? 1 : 0];
  return wnr | ((fs & 0x10) << 6) | (domain << 4) | (fs & 15);
}

/** The abort for an access that faults. */
export function abort(kind: FaultKind, level: number, va: number, access: Access, long: boolean, domain = 0): GuestFault {
  const status = faultStatus(kind, level, access, long, domain);
  return new GuestFault(access === "execute" ? exceptions.prefetchAbort : exceptions.dataAbort, status, va);
}

/** What a walk ends with, before permissions are checked. */
export interface WalkResult {
  readonly pa: number;
  readonly level: number;
  readonly domain: number;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly executable: boolean;
  readonly device: boolean;
  readonly wholePage: boolean;
  readonly global: boolean;
  readonly sizeBits: number;
}

const allowed = (w: WalkResult, access: Access): boolean =>
  access === "read" ? w.readable : access === "write" ? w.writable : w.executable;

/** The page's mapping, or the permission fault that the access gets. */
export function checkPermission(w: WalkResult, va: number, access: Access, long: boolean): Mapping | GuestFault {
  if (!allowed(w, access)) return abort("permission", w.level, va, access, long, w.domain);
  return w;
}
