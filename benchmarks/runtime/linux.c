/* The machine underneath a static Linux program. The arguments are the words of the command line. */
#include "bench.h"
#include "linux-call.h"

enum { MONOTONIC = 1, LINE = 1024 };

void platform_print(const char *text, size_t length) { linux_call(SYS_write, 1, (long)text, (long)length); }

uint64_t platform_microseconds(void) {
  long time[2] = {0, 0};
  linux_call(SYS_clock_gettime, MONOTONIC, (long)time, 0);
  return (uint64_t)time[0] * 1000000 + (uint32_t)time[1] / 1000;
}

__attribute__((used)) void linux_start(const long *stack) {
  char line[LINE];
  size_t length = 0;
  for (long i = 1; i < stack[0]; i++)
    for (const char *word = (const char *)stack[1 + i], *p = word;; p++) {
      if (length == LINE - 1) break;
      line[length++] = *p ? *p : ' ';
      if (!*p) break;
    }
  line[length] = 0;
  linux_call(SYS_exit, bench_main(line), 0, 0);
  __builtin_trap();
}
