/** Addresses of IPv4 and IPv6: as a sockaddr, and as the host has them. */
import type { HostAddress } from "@tsemu/hw";
import { fail } from "../errno.ts";
import { AF } from "./constants.ts";

const SIZE = { [AF.INET]: 16, [AF.INET6]: 28 } as const;

/** Eight groups of 16 bits. */
function groupsOf(host: string): number[] {
  const text = host.replace(/%.*$/, "").replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_all, a, b, c, d) => {
    const pair = (x: string, y: string): string => ((Number(x) << 8) | Number(y)).toString(16);
    return `${pair(a, b)}:${pair(c, d)}`;
  });
  const part = (s: string | undefined): number[] => (s === undefined || s === "" ? [] : s.split(":").map((g) => Number.parseInt(g, 16)));
  const [head, tail] = text.split("::");
  const [before, after] = [part(head), part(tail)];
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after];
}

/** The sockaddr of that family; an address of IPv4 becomes one of IPv6 where it has to. */
export function sockaddr(family: number, { host, port }: HostAddress, littleEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(family === AF.INET ? SIZE[AF.INET] : SIZE[AF.INET6]);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, family, littleEndian);
  view.setUint16(2, port);
  if (family === AF.INET)
    host
      .replace(/^::ffff:/, "")
      .split(".")
      .forEach((byte, i) => view.setUint8(4 + i, Number(byte)));
  else groupsOf(host.includes(":") ? host : `::ffff:${host}`).forEach((group, i) => view.setUint16(8 + 2 * i, group));
  return bytes;
}

/** Fails where it is none of that family. */
export function hostAddress(family: number, bytes: Uint8Array, littleEndian: boolean): HostAddress {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // The scope at the end may be missing.
  if (bytes.length < (family === AF.INET ? SIZE[AF.INET] : SIZE[AF.INET6] - 4)) return fail("EINVAL");
  if (view.getUint16(0, littleEndian) !== family) return fail("EAFNOSUPPORT");
  const port = view.getUint16(2);
  if (family === AF.INET) return { host: bytes.subarray(4, 8).join("."), port };
  const groups = Array.from({ length: 8 }, (_, i) => view.getUint16(8 + 2 * i).toString(16));
  return { host: groups.join(":"), port };
}

/** One text for one address, and the same for IPv4 whichever way it is written. */
export const canonical = (host: string): string =>
  groupsOf(host.includes(":") ? host : `::ffff:${host}`)
    .map((group) => group.toString(16))
    .join(":");

export const isAny = (host: string): boolean => /^0:0:0:0:0:(0|ffff):0:0$/.test(canonical(host));
export const isLoopback = (host: string): boolean => /^(0:0:0:0:0:0:0:1|0:0:0:0:0:ffff:7f[0-9a-f]{2}:.*)$/.test(canonical(host));

export const anyAddress = (family: number): HostAddress => ({ host: family === AF.INET ? "0.0.0.0" : "::", port: 0 });
