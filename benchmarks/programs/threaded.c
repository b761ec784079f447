/* A stack machine threaded by function pointers: an indirect call and a return for every operation.  */
#include "bench.h"

enum { TURNS = 1350000 };
struct machine {
  uint32_t *top, variables[3];
  int running;
};
struct cell;
typedef const struct cell *operation(const struct cell *at, struct machine *m);
struct cell {
  operation *run;
  int32_t argument;
};

static const struct cell *push(const struct cell *at, struct machine *m) { return *++m->top = (uint32_t)at->argument, at + 1; }
static const struct cell *load(const struct cell *at, struct machine *m) { return *++m->top = m->variables[at->argument], at + 1; }
static const struct cell *store(const struct cell *at, struct machine *m) { return m->variables[at->argument] = *m->top--, at + 1; }
static const struct cell *add(const struct cell *at, struct machine *m) { return m->top[-1] += m->top[0], m->top--, at + 1; }
static const struct cell *subtract(const struct cell *at, struct machine *m) { return m->top[-1] -= m->top[0], m->top--, at + 1; }
static const struct cell *multiply(const struct cell *at, struct machine *m) { return m->top[-1] *= m->top[0], m->top--, at + 1; }
static const struct cell *exclusive_or(const struct cell *at, struct machine *m) { return m->top[-1] ^= m->top[0], m->top--, at + 1; }
static const struct cell *shift_right(const struct cell *at, struct machine *m) { return *m->top >>= at->argument, at + 1; }
static const struct cell *repeat(const struct cell *at, struct machine *m) {
  return --m->variables[at->argument] > 0 ? at - 15 : at + 1;
}
static const struct cell *stop(const struct cell *at, struct machine *m) { return m->running = 0, at; }

static const struct cell program[] = {
    {push, 1},         {store, 1},    {push, TURNS}, {store, 0},
    /* x = x * 1103515245 + 12345; sum = (sum ^ x >> 7) + x - turns left */
    {load, 1},         {push, 1103515245}, {multiply, 0}, {push, 12345}, {add, 0}, {store, 1},
    {load, 2},         {load, 1},     {shift_right, 7}, {exclusive_or, 0},
    {load, 1},         {add, 0},      {load, 0}, {subtract, 0}, {store, 2},
    {repeat, 0},       {stop, 0},
};

uint32_t threaded(void) {
  uint32_t stack[8];
  struct machine m = {stack, {0, 0, 0}, 1};
  for (const struct cell *at = program; m.running;) at = at->run(at, &m);
  return mix(m.variables[2], m.variables[1]);
}
