/* Fibonacci numbers by recursion: calls, returns, and the stack. */
#include "bench.h"

enum { N = 35 };

/* Both calls stay calls: otherwise the compiler makes loops of them. */
NOINLINE __attribute__((optimize("no-optimize-sibling-calls", "no-inline"))) static uint32_t number(uint32_t n) {
  return n < 2 ? n : number(n - 1) + number(n - 2);
}
static volatile uint32_t argument = N;

uint32_t fib(void) { return number(argument); }
