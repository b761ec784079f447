; The second sector of real-mode-x86.img without a BIOS: a ROM of 4 KiB that copies it to where it belongs.
;   nasm -f bin -o real-mode-x86.rom real-mode-x86-rom.asm
        bits 16
        org 0xf000
        cli
        cld
        mov ax, cs
        mov ds, ax
        xor ax, ax
        mov es, ax
        mov ss, ax
        mov sp, 0x7c00
        mov si, image
        mov di, 0x7c00
        mov cx, 512
        rep movsw
        mov ds, ax
        jmp 0:0x7e00
image:  incbin "real-mode-x86.img"
        times 0xff0 - ($ - $$) db 0
        jmp 0xf000:0xf000
        times 0x1000 - ($ - $$) db 0
