; An option ROM that starts a kernel in 32-bit protected mode. It registers itself with the firmware as a device to boot from (BIOS Boot
; Specification 1.01); if it is chosen it fetches the kernel's parts through the firmware configuration device, asks the firmware for the map of
; memory and jumps to the kernel. What it cannot know stands in its parameters. After a change:
;   nasm -f bin -o /tmp/rom elf-boot-rom.asm; xxd -p /tmp/rom
; whose output, without the zeros at the end, is the text in elf-boot-rom.ts.
        bits 16
        org 0
size_at equ 0x7e10
to_at   equ 0x7e14
gdtr_at equ 0x7e20

        dw 0xaa55
        db 1
        mov ax, 0x20
        retf
        times 0x1a - ($ - $$) db 0
        dw 0x20
        times 0x20 - ($ - $$) db 0
        db "$PnP", 0x10, 2
        dw 0
        db 0, 0
        dd 0
        dw 0
        dw product
        db 2, 0, 0x80, 0xe4
        dw 0, 0
        dw boot
        dw 0, 0
        times 0x40 - ($ - $$) db 0
; offset 0x40: the kernel's entry, its EAX and EBX; where the map of memory goes (a multiple of 16), where in an entry of 24 bytes the
; firmware's 20 are, where the map's length goes, and in which unit
entry:  dd 0
start_a dd 0
start_b dd 0
map:    dd 0
within: dd 0
length: dd 0
unit:   dd 0
product db "Kernel loader", 0

boot:   cli
        cld
        xor ax, ax
        mov ds, ax
        mov ss, ax
        mov sp, 0x7c00
        mov si, items
.next:  cs lodsw
        test ax, ax
        jz .map
        mov ebx, 4
        mov edi, size_at
        call fetch
        cs lodsw
        mov ebx, 4
        mov edi, to_at
        call fetch
        cs lodsw
        mov ebx, [size_at]
        mov edi, [to_at]
        test ebx, ebx
        jz .next
        call fetch
        jmp .next

        ; INT 15, E820, until the last entry
.map:   sti
        mov eax, [cs:map]
        shr eax, 4
        mov es, ax
        xor ebx, ebx
        xor ebp, ebp
        xor di, di
.more:  mov eax, 0xe820
        mov edx, 0x534d4150
        mov ecx, 20
        push di
        add di, [cs:within]
        int 0x15
        pop di
        jc .done
        cmp eax, 0x534d4150
        jne .done
        inc ebp
        add di, 24
        test ebx, ebx
        jnz .more
.done:  cli
        cld
        mov eax, ebp
        mul dword [cs:unit]
        mov ebx, [cs:length]
        mov di, bx
        and di, 15
        shr ebx, 4
        mov es, bx
        mov [es:di], eax
        ; Flat protected mode; EBP: where this ROM is
        xor ebp, ebp
        mov bp, cs
        shl ebp, 4
        mov word [gdtr_at], gdt.end - gdt - 1
        lea eax, [ebp + gdt]
        mov [gdtr_at + 2], eax
        lgdt [gdtr_at]
        mov eax, cr0
        or al, 1
        mov cr0, eax
        push dword 8
        lea eax, [ebp + flat]
        push eax
        o32 retf

        bits 32
flat:   mov eax, 16
        mov ds, eax
        mov es, eax
        mov ss, eax
        mov fs, eax
        mov gs, eax
        mov eax, [ebp + start_a]
        mov ebx, [ebp + start_b]
        jmp dword [ebp + entry]

        bits 16
        ; Item AX, EBX bytes, to EDI: the control structure of the configuration device's DMA is at 0x7e00, its address goes to ports 0x514 and 0x518.
fetch:  shl eax, 16
        mov ax, 0x0a
        bswap eax
        mov [0x7e00], eax
        mov eax, ebx
        bswap eax
        mov [0x7e04], eax
        xor eax, eax
        mov [0x7e08], eax
        mov dx, 0x514
        out dx, eax
        mov eax, edi
        bswap eax
        mov [0x7e0c], eax
        mov eax, 0x7e00
        bswap eax
        mov dx, 0x518
        out dx, eax
.wait:  mov eax, [0x7e00]
        bswap eax
        test eax, 0xfffffffe
        jnz .wait
        ret

        ; size, address and data: kernel, modules, what the kernel is told
items:  dw 0x08, 0x07, 0x11
        dw 0x0b, 0x0a, 0x12
        dw 0x14, 0x13, 0x15
        dw 0
        align 8
gdt:    dq 0
        dq 0x00cf9a000000ffff
        dq 0x00cf92000000ffff
.end:
