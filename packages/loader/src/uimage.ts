/** U-Boot's legacy image format: a 64-byte big-endian header, then the data, perhaps compressed. */
import { UserError } from "@tsemu/base";
import { gunzipSync } from "fflate";

const magic = 0x2705_1956;
const headerSize = 64;

/** Values of `os`, `type` and `compression` that loaders ask for. */
export const uImage = { osLinux: 5, typeKernel: 2, typeKernelNoLoad: 14, typeRamdisk: 3, none: 0, gzip: 1 } as const;

export interface UImage {
  readonly name: string;
  readonly loadAddress: number;
  readonly entry: number;
  readonly os: number;
  readonly architecture: number;
  readonly type: number;
  /** Decompressed. */
  readonly data: Uint8Array;
}

export const isUImage = (file: Uint8Array): boolean => file.length >= headerSize && viewOf(file).getUint32(0) === magic;

/** Reads header and data; throws a UserError if truncated, corrupt or compressed in a way we do not know. */
export const parseUImage = (file: Uint8Array, what: string): UImage => {
  if (!isUImage(file)) throw new UserError(`${what}: not a uImage`);
  const view = viewOf(file);
  const header = file.slice(0, headerSize);
  header.fill(0, 4, 8);
  if (crc32(header) !== view.getUint32(4)) throw new UserError(`could not load kernel '${what}': uImage header checksum mismatch`);
  const size = view.getUint32(12);
  if (headerSize + size > file.length) {
    throw new UserError(`could not load kernel '${what}': truncated uImage (${headerSize + size} bytes expected, ${file.length} found)`);
  }
  const raw = file.subarray(headerSize, headerSize + size);
  const compression = view.getUint8(31);
  const nameBytes = file.subarray(32, 64);
  const nameEnd = nameBytes.indexOf(0);
  return {
    name: new TextDecoder().decode(nameBytes.subarray(0, nameEnd < 0 ? 32 : nameEnd)),
    loadAddress: view.getUint32(16),
    entry: view.getUint32(20),
    os: view.getUint8(28),
    architecture: view.getUint8(29),
    type: view.getUint8(30),
    data: decompress(raw, compression, what),
  };
};

const decompress = (raw: Uint8Array, compression: number, what: string): Uint8Array => {
  if (compression === uImage.none) return raw;
  if (compression !== uImage.gzip) throw new UserError(`Unable to load u-boot images with compression type ${compression}`);
  try {
    return gunzipSync(raw);
  } catch (e) {
    throw new UserError(`could not load kernel '${what}': ${e instanceof Error ? e.message : String(e)}`);
  }
};

/** CRC-32 as of IEEE 802.3, of zlib. */
export const crc32 = (bytes: Uint8Array): number => {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let k = 0; k < 8; k++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb8_8320 : 0);
  }
  return ~crc >>> 0;
};

const viewOf = (b: Uint8Array): DataView => new DataView(b.buffer, b.byteOffset, b.byteLength);
