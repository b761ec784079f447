// Faults: the signal, its code and its address, and going on after it.
#include "check.h"

static sigjmp_buf back;
static siginfo_t info;
static void handler(int signal, siginfo_t *i, void *context) {
  info = *i;
  siglongjmp(back, 1);
}
static char *page;
static void show(const char *what, char *expected) {
  printf("%s: signal %d code %d address %d\n", what, info.si_signo, info.si_code, expected == (char *)info.si_addr);
}
#define TRY(what, expected, act) do { memset(&info, 0, sizeof info); if (!sigsetjmp(back, 1)) { act; printf("%s: nothing\n", what); } else show(what, expected); } while (0)
int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE};
  for (int i = 0; i < 5; i++) sigaction(signals[i], &action, NULL);
  volatile char c;
  TRY("read of nothing", (char *)0x123, c = *(volatile char *)0x123);
  TRY("write to nothing", (char *)0x1000, *(volatile char *)0x1000 = 1);
  page = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  TRY("write to what is to be read", page + 5, page[5] = 1);
  mprotect(page, 4096, PROT_NONE);
  TRY("read of what is not", page + 7, c = *(volatile char *)(page + 7));
  TRY("a word over both", page + 4095, c = *(volatile char *)(page + 4095));
  mprotect(page, 4096, PROT_READ | PROT_WRITE);
  TRY("now it works", page, page[5] = 2);
  munmap(page + 4096, 4096);
  TRY("unmapped again", page + 4096, c = *(volatile char *)(page + 4096));
  char name[] = "/tmp/tsemu-fault-XXXXXX";
  int fd = mkstemp(name);
  unlink(name);
  ftruncate(fd, 100);
  char *file = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  TRY("within the file's page", file, c = *(volatile char *)(file + 200));
  TRY("beyond the file", file + 4100, c = *(volatile char *)(file + 4100));
  ftruncate(fd, 0);
  TRY("the file was cut", file, c = *(volatile char *)file);
  TRY("execution of data", page, ((void (*)(void))page)());
  TRY("execution of nothing", (char *)0x4000, ((void (*)(void))0x4000)());
  TRY("raise", NULL, raise(SIGFPE));
  printf("from itself %d code %d\n", info.si_pid == getpid(), info.si_code);
  int r = write(1, (void *)0x10, 5);
  printf("a call with a bad address %d errno %d\n", r, errno);
  if (fork() == 0) {
    signal(SIGSEGV, SIG_IGN);
    *(volatile char *)8 = 1;
  }
  int status;
  wait(&status);
  printf("ignored it ends all the same: %d\n", WTERMSIG(status));
  return 0;
}
