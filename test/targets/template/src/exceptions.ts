/** The numbers of the exceptions, for GuestFault and the IR's `raise`. */
export const exceptions = { undefined: 0, alignment: 1, bus: 2 } as const;
