; A floppy's boot sector and one sector more: BIOS starts it, it fetches the rest of itself, and tries what real mode makes of the
; segments that protected mode leaves. What it finds it writes to the serial port; then it ends the emulator by isa-debug-exit (port 0xf4).
;   nasm -f bin -o real-mode-x86.img real-mode-x86.asm
        bits 16
        org 0x7c00

        jmp 0:start
start:  xor ax, ax
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov sp, 0x7c00
        mov [drive], dl
        mov si, named
        call print
        mov al, [drive]
        add al, '0'
        call put
        ; cylinder 0, head 0, sector 2: one sector
        mov ax, 0x0201
        mov cx, 2
        mov dh, 0
        mov dl, [drive]
        mov bx, 0x7e00
        int 0x13
        jc failed
        jmp more

failed: mov si, bad
        call print
exit:   mov dx, 0xf4
        xor ax, ax
        out dx, ax
        cli
        hlt

print:  lodsb
        test al, al
        jz .end
        call put
        jmp print
.end:   ret

put:    mov dx, 0x3f8
        out dx, al
        ret

; Protected mode with the segments of AX (CS), BX (DS), CX (ES), DX (GS), and back; the far jump is to offset DI.
through:
        cli
        lgdt [gdtr]
        mov esi, cr0
        or esi, 1
        mov cr0, esi
        mov [.to + 2], ax
        jmp .pm
.pm:    jmp far [.to]
.here:  mov ds, bx
        mov es, cx
        mov gs, dx
        and esi, ~1
        mov cr0, esi
        jmp 0:.real
.real:  jmp di
.to:    dw .here, 0

named:  db `\nfrom drive `, 0
bad:    db `\nthe disk could not be read\n`, 0
drive:  db 0

gdtr:   dw gdt.end - gdt - 1
        dd gdt
        align 8
gdt:    dq 0
        dq 0x00009e000000ffff           ; 8: code, conforming, readable
        dq 0x000098000000ffff           ; 16: code that cannot be read
        dq 0x000090000000ffff           ; 24: data that cannot be written to
        dq 0x008f92000000ffff           ; 32: data, 4 GiB
.end:
        times 510 - ($ - $$) db 0
        dw 0xaa55

        ; Faults of segments: INT 12 and 13
more:   cli
        mov word [13 * 4], fault
        mov word [13 * 4 + 2], 0
        mov word [12 * 4], fault
        mov word [12 * 4 + 2], 0
        mov ax, 8
        mov bx, 24
        xor cx, cx
        mov dx, 32
        mov di, .a
        jmp through
.a:     mov byte [cs:value], 1
        mov si, wrote
        call say
        ; DS, which could only be read
        mov byte [value], 2
        call say
        ; ES was null and is loaded now
        mov ax, 0x1000
        mov es, ax
        mov byte [es:0xffff], 3
        mov al, [es:0xffff]
        mov [value], al
        call say
        ; GS keeps its limit
        xor ax, ax
        mov gs, ax
        mov eax, 0x00100010
        mov dword [gs:eax], 0x04
        mov al, [gs:eax]
        mov [value], al
        call say
        ; CS that could not be read is read.
        mov ax, 16
        mov bx, 24
        mov cx, 24
        mov dx, 24
        mov di, .b
        jmp through
.b:     mov byte [value], 5
        mov al, [cs:value]
        mov [value], al
        mov si, wrote
        call say
        ; A word at the end of 64 KiB is outside, as the limit is again.
        xor ax, ax
        mov gs, ax
        mov word [gs:0xffff], 6
        mov si, nothing
        call print
        jmp exit

fault:  mov si, outside
        xor ax, ax
        mov ds, ax
        call print
        jmp exit

say:    push si
        call print
        mov al, [value]
        add al, '0'
        call put
        pop si
        ret

wrote:  db `\nvalue `, 0
outside: db `\noutside of the segment\n`, 0
nothing: db `\nno fault\n`, 0
value:  db 0
        times 1024 - ($ - $$) db 0
