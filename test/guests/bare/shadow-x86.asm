; What an interrupt returns to when it was held off by STI: the instruction behind the one that follows STI, however often that has been executed
; before (code becomes hot at some time, and may be compiled). A firmware image in real mode:
;   nasm -f bin -o shadow-x86.rom shadow-x86.asm
        bits 16
        org 0

ROUNDS  equ 20000
ERRORS  equ 0x600               ; how often there was none, or it returned elsewhere
ROUND   equ 0x604
SERIAL  equ 0x3f8

start:  cli
        cld
        xor ax, ax
        mov ds, ax
        mov ss, ax
        mov sp, 0x600
        mov word [12 * 4], empty
        mov word [12 * 4 + 2], 0xf000
        mov dword [ERRORS], ROUNDS
        mov dword [ROUND], ROUNDS
        ; Without the local APIC the 8259 is connected.
        mov ecx, 0x1b
        rdmsr
        and ax, ~0x800
        wrmsr
        ; The first 8259: vectors from 8 on, all masked but the serial port's.
        mov al, 0x11
        out 0x20, al
        mov al, 8
        out 0x21, al
        mov al, 4
        out 0x21, al
        mov al, 1
        out 0x21, al
        mov al, 0xef
        out 0x21, al
round:  cli
        ; The transmitter is empty: it asks for an interrupt as soon as it may.
        mov dx, SERIAL + 1
        mov al, 0
        out dx, al
        mov al, 2
        out dx, al
        ; The compiler has something to do when what follows becomes hot: so each block of it does by itself.
        mov si, loops
.next:  call [cs:si]
        add si, 2
        cmp si, loops_end
        jne .next
        sti
        nop
after:  dec dword [ROUND]
        jnz round

        cli
        mov dx, SERIAL + 1
        mov al, 0
        out dx, al
        mov si, right
        cmp dword [ERRORS], 0
        je say
        mov si, wrong
%include "say-x86.inc"

empty:  push ax
        push dx
        push bp
        mov bp, sp
        cmp word [bp + 6], after
        jne .wrong
        dec dword [ERRORS]
.wrong: mov word [bp + 6], after
        mov dx, SERIAL + 2
        in al, dx
        mov al, 0x20
        out 0x20, al
        pop bp
        pop dx
        pop ax
        iret

loop_1: mov cl, 3
.again: dec cl
        jnz .again
        ret
loop_2: mov cl, 2
.again: dec cl
        jnz .again
        ret
loops:  dw loop_1, loop_2
loops_end:

right:  db "right", 10, 0
wrong:  db "wrong", 10, 0

        times 0xfff0 - ($ - $$) db 0xff
        jmp 0xf000:start
        times 0x10000 - ($ - $$) db 0xff
