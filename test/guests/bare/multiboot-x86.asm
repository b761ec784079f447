; A kernel that multiboot loaders and loaders of PVH guests start: it says on the serial port what it was told, and ends the emulator by
; isa-debug-exit (port 0xf4).
;   nasm -f elf32 -o multiboot-x86.o multiboot-x86.asm
;   ld -m elf_i386 -N -Ttext 0x100000 --section-start=.note=0x104000 -o multiboot-x86.elf multiboot-x86.o      (multiboot and PVH)
;   nasm -f elf32 -DPVH -o pvh-x86.o multiboot-x86.asm; ld ... -o pvh-x86.elf           (PVH alone)
        bits 32
        section .text
%ifndef PVH
        dd 0x1badb002, 3, -(0x1badb002 + 3)
%endif
        global _start
_start: mov esp, stack
        mov esi, ebx
        cmp eax, 0x2badb002
        jne pvh
        mov edx, 0x3f8
        mov ebp, multiboot
        call print
        mov eax, [esi]
        call hex
        mov eax, [esi + 4]
        call hex
        mov eax, [esi + 8]
        call hex
        mov ebp, line
        call print
        mov ebp, [esi + 16]
        call words
        mov ebp, modules
        call print
        mov eax, [esi + 20]
        call hex
        mov ecx, [esi + 20]
        mov edi, [esi + 24]
.module: jecxz .map
        push ecx
        mov ebp, newline
        call print
        mov eax, [edi + 4]
        sub eax, [edi]
        call hex
        mov eax, [edi]
        and eax, 0xfff
        call hex
        mov ebp, [edi + 8]
        call words
        mov ebp, newline
        call print
        mov ebp, [edi]          ; the module is text
        call print
        add edi, 16
        pop ecx
        dec ecx
        jmp .module
        ; the kind of the memory from 1 MiB on
.map:   mov ecx, [esi + 48]
        mov edi, ecx
        add edi, [esi + 44]
.entry: cmp ecx, edi
        jae end
        cmp dword [ecx], 20
        jne end
        cmp dword [ecx + 4], 0x100000
        jne .other
        mov ebp, memory
        call print
        mov eax, [ecx + 20]
        call hex
.other: add ecx, [ecx]
        add ecx, 4
        jmp .entry

pvh:    mov ebp, direct
        call print
        mov eax, [esi]
        call hex
        mov eax, [esi + 4]
        call hex
        mov ebp, line
        call print
        mov ebp, [esi + 24]
        call print
        mov ebp, modules
        call print
        mov eax, [esi + 12]
        call hex
        mov edi, [esi + 16]
        cmp dword [esi + 12], 0
        je .map
        mov ebp, newline
        call print
        mov eax, [edi + 8]
        call hex
        mov ebp, newline
        call print
        mov ebp, [edi]
        call print
.map:   mov ecx, [esi + 48]
        mov edi, [esi + 40]
.entry: jecxz end
        cmp dword [edi], 0x100000
        jne .other
        mov ebp, memory
        call print
        mov eax, [edi + 16]
        call hex
.other: add edi, 24
        dec ecx
        jmp .entry

end:    mov ebp, newline
        call print
        mov al, 0
        out 0xf4, al
        cli
        hlt

; What is behind the first word, which is the file's name
words:  cmp byte [ebp], 0
        je print
        cmp byte [ebp], ' '
        je print
        inc ebp
        jmp words

print:  push eax
        push edx
        mov edx, 0x3f8
.next:  mov al, [ebp]
        test al, al
        jz .end
        out dx, al
        inc ebp
        jmp .next
.end:   pop edx
        pop eax
        ret

; EAX, with a blank before it
hex:    push ecx
        push edx
        push eax
        mov edx, 0x3f8
        mov al, ' '
        out dx, al
        pop eax
        mov ecx, 8
.next:  rol eax, 4
        push eax
        and al, 15
        add al, '0'
        cmp al, '9'
        jbe .put
        add al, 'a' - '0' - 10
.put:   out dx, al
        pop eax
        loop .next
        pop edx
        pop ecx
        ret

multiboot: db 10, "multiboot", 0
direct: db 10, "pvh", 0
line:   db 10, "line", 0
modules: db 10, "modules", 0
memory: db 10, "memory", 0
newline: db 10, 0

        section .bss
        resb 4096
stack:

        section .note note alloc noexec nowrite align=4
        dd 4, 4, 18
        db "Xen", 0
        dd _start
