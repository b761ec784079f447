/** What uname says the kernel is, unless -r says otherwise: new enough for every C library. */
export const KERNEL_RELEASE = "6.1.0";
