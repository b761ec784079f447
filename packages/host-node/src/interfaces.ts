/** The host's network interfaces: what Node tells of them, and on Linux what it does not, from /sys. */
import { readdirSync, readFileSync } from "node:fs";
import os from "node:os";
import type { HostInterface } from "@tsemu/hw";

const SYS = "/sys/class/net";
/** Flags: up; broadcast; loopback; running, multicast; the lower layer is up. */
const IFF = { UP: 1, BROADCAST: 2, LOOPBACK: 8, RUNNING: 0x40, MULTICAST: 0x1000, LOWER_UP: 0x1_0000 } as const;
const ARPHRD = { ETHER: 1, LOOPBACK: 772 } as const;

const read = (name: string, file: string): string | undefined => {
  try {
    return readFileSync(`${SYS}/${name}/${file}`, "latin1").trim();
  } catch {
    return undefined;
  }
};

function namesOfSys(): string[] {
  try {
    return readdirSync(SYS);
  } catch {
    return [];
  }
}

export function nodeInterfaces(): readonly HostInterface[] {
  const known = os.networkInterfaces();
  const names = new Set([...namesOfSys(), ...Object.keys(known)]);
  const list = [...names].map((name, i): HostInterface => {
    const addresses = known[name] ?? [];
    const isLoopback = addresses.some((a) => a.internal);
    const usual = IFF.UP | (isLoopback ? IFF.LOOPBACK : IFF.BROADCAST | IFF.MULTICAST);
    const hasCarrier = (read(name, "carrier") ?? "1") === "1";
    const mac = read(name, "address") ?? addresses[0]?.mac ?? "00:00:00:00:00:00";
    return {
      name,
      index: Number(read(name, "ifindex") ?? i + 1),
      flags: Number(read(name, "flags") ?? usual) | (hasCarrier ? IFF.RUNNING | IFF.LOWER_UP : 0),
      type: Number(read(name, "type") ?? (isLoopback ? ARPHRD.LOOPBACK : ARPHRD.ETHER)),
      mtu: Number(read(name, "mtu") ?? (isLoopback ? 65_536 : 1500)),
      queueLength: Number(read(name, "tx_queue_len") ?? 1000),
      mac: Uint8Array.from(mac.split(":"), (part) => Number.parseInt(part, 16)),
      addresses: addresses.map(({ address, cidr }) => ({ host: address, prefix: Number(cidr?.split("/")[1] ?? 0) })),
    };
  });
  return list.toSorted((a, b) => a.index - b.index);
}
