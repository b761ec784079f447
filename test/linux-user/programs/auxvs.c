// What a program is given: arguments, environment, auxiliary vector, in memory and in /proc.
#include "check.h"

extern char **environ;
int main(int argc, char **argv) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  printf("argc %d last %s null %d\n", argc, argv[argc - 1], argv[argc] == NULL);
  printf("environment follows %d\n", environ == argv + argc + 1);
  char **e = environ;
  while (*e) e++;
  unsigned long *v = (unsigned long *)(e + 1), *a;
  int seen[64] = {0}, n = 0;
  for (a = v; *a; a += 2, n++)
    if (*a < 64) seen[*a]++;
  for (int i = 3; i <= 31; i++)
    if (i != 10 && i != 18 && i != 19 && i != 27 && i != 28 && i != 29 && i != 30 && i != 20 && i != 21 && i != 22 && i != 15) printf("%d:%d ", i, seen[i]);
  printf("\npage %lu tick %lu secure %lu uid %d euid %d\n", getauxval(AT_PAGESZ), getauxval(AT_CLKTCK), getauxval(AT_SECURE), getauxval(AT_UID) == getuid(), getauxval(AT_EUID) == geteuid());
  printf("path %d random %d entry %d headers %d count %d\n", strstr((char *)getauxval(AT_EXECFN), "/") != NULL, getauxval(AT_RANDOM) != 0, getauxval(AT_ENTRY) != 0,
         getauxval(AT_PHDR) != 0, getauxval(AT_PHNUM) > 2);
  printf("strings in order %d %d\n", argv[0] < argv[argc - 1], argv[argc - 1] < environ[0]);
  printf("name after all %d\n", (char *)getauxval(AT_EXECFN) > environ[0]);
  static unsigned long file[200];
  int fd = open("/proc/self/auxv", O_RDONLY);
  int got = read(fd, file, sizeof file);
  printf("/proc has the same %d\n", got >= n * 2 * (int)sizeof(long) && !memcmp(file, v, n * 2 * sizeof(long)));
  char b[4096] = {0};
  fd = open("/proc/self/cmdline", O_RDONLY);
  got = read(fd, b, sizeof b);
  printf("cmdline %d ends with %s\n", b[got - 1] == 0, b + got - 10);
  unsetenv("X");
  setenv("TSEMU_NEW", "1", 1);
  FILE *f = fopen("/proc/self/environ", "r");
  got = fread(b, 1, sizeof b, f);
  printf("environ is as it was %d\n", memmem(b, got, "TSEMU_NEW", 9) == NULL && got > 0);
  if (fork() == 0) {
    char *args[] = {"zero", "", "a b", NULL}, *env[] = {"A=1", "TEST_X=y z", NULL};
    if (argc < 6) execve("/proc/self/exe", (char *[]){"exe", "auxvs", "x", "", "a b", "last", NULL}, env);
    _exit(0);
  }
  wait(NULL);
  return 0;
}
