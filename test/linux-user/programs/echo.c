// What a program is given: arguments, the variable TEST, its input; something to stderr; exit code 3.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) printf("%s%s", argv[i], i + 1 < argc ? " " : "\n");
  if (getenv("TEST")) printf("TEST=%s\n", getenv("TEST"));
  fputs("to stderr\n", stderr);
  char b[4096];
  size_t n;
  while ((n = fread(b, 1, sizeof b, stdin)) > 0) fwrite(b, 1, n, stdout);
  return 3;
}
