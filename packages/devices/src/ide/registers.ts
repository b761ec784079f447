/** The command block of an IDE device (ATA/ATAPI-7, volume 1, 7): register numbers and bits, by the standard's names. */

export const register = {
  data: 0,
  feature: 1,
  error: 1,
  count: 2,
  lbaLow: 3,
  lbaMid: 4,
  lbaHigh: 5,
  device: 6,
  status: 7,
  command: 7,
} as const;

export const status = { BSY: 0x80, DRDY: 0x40, DF: 0x20, DSC: 0x10, DRQ: 0x08, ERR: 0x01 } as const;

export const error = { UNC: 0x40, IDNF: 0x10, ABRT: 0x04 } as const;

/** Of the device register. */
export const device = { LBA: 0x40, DEV: 0x10 } as const;

/** Of the device control register. */
export const control = { nIEN: 0x02, SRST: 0x04, HOB: 0x80 } as const;

/** Bits of the count register of packet devices: a command or data, to the host or from it. */
export const interruptReason = { command: 1, toHost: 2 } as const;

export const sectorBytes = 512;

/** Of a long transfer so much is held in memory at a time; a multiple of every block that a transfer may have. */
export const pieceBytes = 131_072;
