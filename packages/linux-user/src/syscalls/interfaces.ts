/** ioctl on sockets: what interfaces there are, and what they are like. Nothing can be changed. */
import type { HostInterface } from "@tsemu/hw";
import { fail } from "../errno.ts";
import type { Kernel } from "../kernel.ts";
import { byteString, stringBytes, type UserAccess } from "../mm/user-access.ts";
import { AF } from "../net/constants.ts";
import { sockaddr } from "../net/inet-address.ts";
import { addressBytes, broadcastBytes, netmask } from "../net/netlink-messages.ts";

const SIOCG = {
  NAME: 0x8910,
  CONF: 0x8912,
  FLAGS: 0x8913,
  ADDR: 0x8915,
  DSTADDR: 0x8917,
  BRDADDR: 0x8919,
  NETMASK: 0x891b,
  METRIC: 0x891d,
  MTU: 0x8921,
  HWADDR: 0x8927,
  INDEX: 0x8933,
  TXQLEN: 0x8942,
  MAP: 0x8970,
} as const;
const [FIRST, LAST] = [0x8910, 0x8971];
const NAME = 16;

export const isInterfaceRequest = (request: number): boolean => request >= FIRST && request <= LAST;

/** struct ifreq has a name and, on 32 bits, as many bytes for the rest; struct ifmap in it is larger where words are. */
const requestSize = ({ abi }: Kernel): number => NAME + (abi.wordBytes === 4 ? 16 : 24);

const firstAddress = (device: HostInterface) => device.addresses.find((a) => !a.host.includes(":")) ?? fail("EADDRNOTAVAIL");

const inet = (host: string, little: boolean): Uint8Array => sockaddr(AF.INET, { host, port: 0 }, little);

/** SIOCGIFCONF: a length and the address of a buffer; addresses of IPv4 with their interfaces. */
function configuration(kernel: Kernel, devices: readonly HostInterface[], at: number, memory: UserAccess): number {
  const { wordBytes, littleEndian } = kernel.abi;
  const size = requestSize(kernel);
  const buffer = memory.word(at + wordBytes, wordBytes);
  const all = devices.flatMap((device) => device.addresses.filter((a) => !a.host.includes(":")).map(({ host }) => ({ device, host })));
  const count = buffer === 0 ? all.length : Math.min(all.length, Math.floor(Math.max(0, memory.i32(at)) / size));
  if (buffer !== 0)
    all.slice(0, count).forEach(({ device, host }, i) => {
      const bytes = new Uint8Array(size);
      bytes.set(stringBytes(device.name).subarray(0, NAME - 1));
      bytes.set(inet(host, littleEndian), NAME);
      memory.write(buffer + size * i, bytes);
    });
  memory.setU32(at, count * size);
  return 0;
}

export function interfaceIoctl(kernel: Kernel, request: number, at: number, memory: UserAccess): number {
  const devices = kernel.options.net?.interfaces() ?? [];
  const little = kernel.abi.littleEndian;
  if (request === SIOCG.CONF) return configuration(kernel, devices, at, memory);
  const value = at + NAME;
  if (request === SIOCG.NAME) {
    const named = devices.find((d) => d.index === memory.i32(value)) ?? fail("ENODEV");
    const bytes = new Uint8Array(NAME);
    bytes.set(stringBytes(named.name).subarray(0, NAME - 1));
    memory.write(at, bytes);
    return 0;
  }
  const name = byteString(memory.bytes(at, NAME)).replace(/\0.*$/s, "");
  // "eth0:1" was another address of eth0 once.
  const device = devices.find((d) => d.name === name.replace(/:.*$/, "")) ?? fail("ENODEV");
  switch (request) {
    case SIOCG.FLAGS:
      memory.write(value, little ? Uint8Array.of(device.flags, device.flags >> 8) : Uint8Array.of(device.flags >> 8, device.flags));
      return 0;
    case SIOCG.ADDR:
    case SIOCG.DSTADDR:
      memory.write(value, inet(firstAddress(device).host, little));
      return 0;
    case SIOCG.BRDADDR: {
      const address = firstAddress(device);
      const bytes = broadcastBytes(device, address, addressBytes(address, AF.INET)!);
      memory.write(value, inet(bytes === undefined ? "0.0.0.0" : bytes.join("."), little));
      return 0;
    }
    case SIOCG.NETMASK: {
      const mask = netmask(firstAddress(device).prefix);
      memory.write(value, inet([24, 16, 8, 0].map((shift) => (mask >>> shift) & 0xff).join("."), little));
      return 0;
    }
    case SIOCG.METRIC:
      memory.setU32(value, 0);
      return 0;
    case SIOCG.MTU:
      memory.setU32(value, device.mtu);
      return 0;
    case SIOCG.HWADDR: {
      const bytes = new Uint8Array(16);
      new DataView(bytes.buffer).setUint16(0, device.type, little);
      bytes.set(device.mac.subarray(0, 14), 2);
      memory.write(value, bytes);
      return 0;
    }
    case SIOCG.INDEX:
      memory.setU32(value, device.index);
      return 0;
    case SIOCG.TXQLEN:
      memory.setU32(value, device.queueLength);
      return 0;
    case SIOCG.MAP:
      memory.write(value, new Uint8Array(requestSize(kernel) - NAME));
      return 0;
    default:
      return fail("EPERM");
  }
}
