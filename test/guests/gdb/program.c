/*
 * A program of ARM Linux to be debugged, without a library. Build, in its folder:
 *
 *   arm-linux-gnueabihf-gcc -g -O1 -fno-toplevel-reorder -ffreestanding -nostdlib -static -ffile-prefix-map=$PWD=. \
 *     -Wl,--build-id=none -o program.elf program.c
 */
#define SIGUSR1 10

static int call(int number, int a, int b, int c) {
  register int r7 __asm__("r7") = number;
  register int r0 __asm__("r0") = a;
  register int r1 __asm__("r1") = b;
  register int r2 __asm__("r2") = c;
  __asm__ volatile("svc #0" : "+r"(r0) : "r"(r7), "r"(r1), "r"(r2) : "memory");
  return r0;
}

volatile int counter;

__attribute__((noinline)) int add(int a, int b) {
  counter += a;
  return a + b;
}

__attribute__((noinline)) int waits(int fd) {
  char c;
  return call(3, fd, (int)&c, 1);
}

int main(int count) {
  int sum = 0;
  for (int i = 0; i < 5000; i++) sum += add(i & 7, sum & 1);
  call(37, call(20, 0, 0, 0), SIGUSR1, 0);
  call(4, 1, (int)"after the signal\n", 17);
  if (count > 1) waits(0);
  return sum & 63;
}

__attribute__((naked)) void _start(void) { __asm__("ldr r0, [sp]\n bl main\n mov r7, #248\n svc #0"); }
