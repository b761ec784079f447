/*
 * A guest without an operating system for the "virt" board: prints a banner on the PL011, echoes keys, and 'q' switches off through
 * PSCI. Build:
 *
 *   arm-linux-gnueabihf-gcc -marm -march=armv7ve -mfloat-abi=soft -nostdlib -static -Wl,-Ttext=0x40010000,--build-id=none,-n \
 *     -o test/guests/bare/hello-arm.elf test/guests/bare/hello-arm.S && arm-linux-gnueabihf-strip test/guests/bare/hello-arm.elf
 */
        .syntax unified
        .arm
        .equ    UART, 0x09000000
        .equ    DR, 0x00
        .equ    FR, 0x18
        .equ    RXFE, 1 << 4
        .equ    SYSTEM_OFF, 0x84000008

        .text
        .global _start
_start:
        ldr     r4, =UART
        ldr     r5, =banner
        bl      print

        /* Waits by looking again and again: there is no interrupt controller to set up. */
next:   ldr     r0, [r4, #FR]
        tst     r0, #RXFE
        bne     next
        ldr     r6, [r4, #DR]
        and     r6, r6, #0xff
        cmp     r6, #'q'
        beq     off
        str     r6, [r4, #DR]
        cmp     r6, #'\r'
        moveq   r0, #'\n'
        streq   r0, [r4, #DR]
        b       next

off:    ldr     r5, =bye
        bl      print
        ldr     r0, =SYSTEM_OFF
        hvc     #0
        b       .

print:  ldrb    r0, [r5], #1
        cmp     r0, #0
        bxeq    lr
        str     r0, [r4, #DR]
        b       print

        .ltorg
banner: .asciz  "Hello from an ARM without an operating system.\r\nKeys are echoed; q switches off.\r\n"
bye:    .asciz  "\r\nBye.\r\n"
