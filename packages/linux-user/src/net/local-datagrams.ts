/**
 * Datagrams between the emulator's own sockets over the loopback interface: they do not pass through the host, which would lose what goes
 * beside them. UDP-Lite is nothing but this: the host is not asked for it.
 */
import type { HostAddress, HostDatagrams } from "@tsemu/hw";
import { fail } from "../errno.ts";
import { canonical, isAny, isLoopback } from "./inet-address.ts";
import type { Travel } from "./ip-control.ts";

/** A socket that datagrams may be for. */
export interface DatagramTarget {
  readonly protocol: number;
  /** Undefined while it has no port. */
  readonly local: HostAddress | undefined;
  /** Takes IPv4 as well as, or instead of, IPv6. */
  readonly families: readonly (4 | 6)[];
  /** The one it is connected to. */
  readonly peer: HostAddress | undefined;
  take(bytes: Uint8Array, from: HostAddress, to: HostAddress, travel: Travel): void;
}

/** A port is the host's to give, but for protocols that it does not have. */
const FIRST_PORT = 32_768;
const LAST_PORT = 60_999;

const familyOf = (host: string): 4 | 6 => (canonical(host).startsWith("0:0:0:0:0:ffff:") ? 4 : 6);
const same = (a: HostAddress, b: HostAddress): boolean => a.port === b.port && canonical(a.host) === canonical(b.host);

export class LocalDatagrams {
  readonly #targets = new Set<DatagramTarget>();
  #nextPort = FIRST_PORT;

  add(target: DatagramTarget): void {
    this.#targets.add(target);
  }

  remove(target: DatagramTarget): void {
    this.#targets.delete(target);
  }

  /** Hands a datagram to the socket it is for; false where it is for none of these. */
  deliver(protocol: number, bytes: Uint8Array, source: HostAddress, to: HostAddress, travel: Travel): boolean {
    const family = familyOf(to.host);
    const loopback = family === 4 ? "127.0.0.1" : "::1";
    const host = isAny(to.host) ? loopback : to.host;
    if (!isLoopback(host)) return false;
    const from = { host: isAny(source.host) ? loopback : source.host, port: source.port };
    if (!isLoopback(from.host)) return false;
    for (const target of this.#targets) {
      const { local, peer } = target;
      if (target.protocol !== protocol || local?.port !== to.port || !target.families.includes(family)) continue;
      if (!isAny(local.host) && canonical(local.host) !== canonical(host)) continue;
      if (peer !== undefined && !same(peer, from)) continue;
      target.take(bytes, from, { host, port: to.port }, travel);
      return true;
    }
    return false;
  }

  /** A socket's end that is no socket of the host. */
  open(protocol: number, at: HostAddress): HostDatagrams {
    const taken = (port: number): boolean => [...this.#targets].some((t) => t.protocol === protocol && t.local?.port === port);
    let { port } = at;
    if (port === 0)
      do {
        port = this.#nextPort++;
        if (this.#nextPort > LAST_PORT) this.#nextPort = FIRST_PORT;
      } while (taken(port));
    else if (taken(port)) return fail("EADDRINUSE");
    return {
      local: { host: at.host, port },
      // Whoever is not among the emulator's sockets is out of reach, or not there.
      send: (_bytes, to) => (to === undefined || isLoopback(to.host) ? undefined : fail("ENETUNREACH")),
      connect: () => Promise.resolve(),
      setBroadcast: () => {},
      close: () => {},
    };
  }
}
