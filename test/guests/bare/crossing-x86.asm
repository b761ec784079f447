; A loop whose code goes on in a second page, which is mapped to other memory again and again. A firmware image:
;   nasm -f bin -o crossing-x86.rom crossing-x86.asm
        bits 16
        org 0

ROUNDS    equ 300
PASSES    equ 200
SERIAL    equ 0x3f8
DIRECTORY equ 0x10000
TABLE     equ 0x11000
FIRST     equ 0x200000          ; physical: the page that the loop begins in, and two that it may go on in
SECOND    equ 0x201000
THIRD     equ 0x202000
CODE      equ 0x300000          ; virtual

start:  cli
        cs lgdt [gdt_register]
        mov eax, cr0
        or al, 1
        mov cr0, eax
        jmp dword 8:0xf0000 + protected

gdt:    dq 0, 0x00cf9a000000ffff, 0x00cf92000000ffff
gdt_register:
        dw $ - gdt - 1
        dd 0xf0000 + gdt

        bits 32
protected:
        mov ax, 16
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov esp, 0x8000
        cld
        ; The first 4 MiB are where they are, but for the loop's pages.
        mov dword [DIRECTORY], TABLE + 3
        mov edi, TABLE
        mov eax, 3
.map:   stosd
        add eax, 0x1000
        cmp eax, 0x400003
        jne .map
        mov dword [TABLE + 4 * (CODE >> 12)], FIRST + 3
        mov dword [TABLE + 4 * (CODE >> 12) + 4], SECOND + 3
        mov eax, DIRECTORY
        mov cr3, eax
        mov eax, cr0
        or eax, 0x80000000
        mov cr0, eax
        mov esi, 0xf0000 + first
        mov edi, FIRST + 0xff0
        mov ecx, second - first
        rep movsb
        mov esi, 0xf0000 + second
        mov edi, SECOND
        mov ecx, second_end - second
        rep movsb
        mov esi, 0xf0000 + second
        mov edi, THIRD
        mov ecx, second_end - second
        rep movsb
        mov byte [THIRD], 0x22

        mov ebp, ROUNDS
        mov esi, 0x11000000     ; what the loop leaves in eax
round:  mov ecx, PASSES
        xor edx, edx
        mov eax, CODE + 0xff0
        call eax
        cmp eax, esi
        jne wrong
        cmp edx, PASSES
        jne wrong
        xor esi, 0x33000000
        xor dword [TABLE + 4 * (CODE >> 12) + 4], SECOND ^ THIRD
        invlpg [CODE + 0x1000]
        dec ebp
        jnz round
        mov esi, 0xf0000 + right
        jmp say
wrong:  mov esi, 0xf0000 + not_right
%include "say-x86.inc"

; At the end of a page.
first:  add edx, 1
        jmp short .on
        times 4 nop
.on:    add ebx, 1
        db 0xb8, 0, 0, 0        ; mov eax, 0x11000000: its last byte is the second page's
second: db 0x11
        dec ecx
        jnz first
        ret
second_end:

right:  db "right", 10, 0
not_right:
        db "wrong", 10, 0

        times 0xfff0 - ($ - $$) db 0xff
        bits 16
        jmp 0xf000:start
        times 0x10000 - ($ - $$) db 0xff
