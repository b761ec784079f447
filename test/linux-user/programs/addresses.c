// Addresses all over 64 bits: mappings where the program wants them, and what a fault says of where it was. Where words have 32 bits there is nothing to try.
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

static sigjmp_buf back;
static void *volatile at;
static volatile int number;

static void fault(int signal, siginfo_t *info, void *context) {
  at = info->si_addr;
  number = signal;
  siglongjmp(back, 1);
}

// In a register of its own at the fault, so that nothing is lost by the jump.
static void touch(uint64_t address) {
  if (!sigsetjmp(back, 1)) printf("%llx: holds %x\n", (unsigned long long)address, *(volatile unsigned char *)(uintptr_t)address);
  else printf("%llx: signal %d at %p\n", (unsigned long long)address, number, at);
}

static void call(uint64_t address) {
  if (!sigsetjmp(back, 1)) printf("%llx: returns %d\n", (unsigned long long)address, ((int (*)(void))(uintptr_t)address)());
  else printf("%llx: call, signal %d at %p\n", (unsigned long long)address, number, at);
}

int main(void) {
  if (sizeof(void *) < 8) {
    puts("words of 32 bits");
    return 0;
  }
  struct sigaction action = {0};
  action.sa_sigaction = fault;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  sigaction(SIGSEGV, &action, NULL);
  sigaction(SIGBUS, &action, NULL);
  static const uint64_t places[] = {0x123456000, 0x8000000000, 0x3fffff000};
  for (int i = 0; i < 3; i++) {
    char *want = (char *)(uintptr_t)places[i];
    char *got = mmap(want, 0x2000, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    printf("mapped at %p\n", got);
    // Over the end of the page, and (for the last) of 4 GiB.
    memcpy(got + 0xffd, "abcdef", 6);
    printf("%.6s %c%c\n", got + 0xffd, got[0xfff], got[0x1000]);
    touch(places[i] + 0x1001);
    touch((places[i] & 0xffffffff) + 0x1001);
    touch(places[i] + 0x100000000);
  }
  // A function far away, at an address whose lower word is that of nothing else.
  static const uint32_t code[] = {0x03e00008, 0x2402002a}; // jr $31; li $2, 42
  uint32_t *far = mmap((void *)0x7812340000, 0x1000, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  memcpy(far, code, sizeof code);
  __builtin___clear_cache((char *)far, (char *)far + sizeof code);
  call(0x7812340000);
  call(0x12340000);
  call(0x812340000);
  static const uint64_t nowhere[] = {0x10, 0x10000000000, 0x10000000011, 0x4000000000001234, 0x900000000012345b, 0xffffffff80001001, 0xfffffffffffffff8};
  for (int i = 0; i < 7; i++) touch(nowhere[i]);
  call(0x9000000000123458);
  return 0;
}
