/* An interpreter of byte code with a switch: it runs a program that finds the longest Collatz sequence below a limit. */
#include "bench.h"

enum { LIMIT = 65000 };
enum opcode { SET, MOVE, ADD, ADDI, MULI, HALVE, ODD, LESS, JUMP, JUMP_IF, JUMP_UNLESS, STOP };
struct insn {
  uint8_t op, a, b, c;
  uint32_t constant;
};

/* Registers: 0 number, 1 value, 2 length, 3 longest, 4 its number, 5 condition, 6 limit, 7 one. */
static const struct insn program[] = {
    {SET, 0, 0, 0, 1},          /*  0 */
    {SET, 3, 0, 0, 0},          /*  1 */
    {SET, 7, 0, 0, 1},          /*  2 */
    {SET, 6, 0, 0, LIMIT},      /*  3 */
    {MOVE, 1, 0, 0, 0},         /*  4 next number */
    {SET, 2, 0, 0, 0},          /*  5 */
    {LESS, 5, 7, 1, 0},         /*  6 next value: one < value */
    {JUMP_UNLESS, 5, 0, 0, 15}, /*  7 */
    {ODD, 5, 1, 0, 0},          /*  8 */
    {JUMP_UNLESS, 5, 0, 0, 12}, /*  9 */
    {MULI, 1, 1, 0, 3},         /* 10 */
    {ADDI, 1, 1, 0, 1},         /* 11 falls through to the half of it */
    {HALVE, 1, 1, 0, 0},        /* 12 */
    {ADDI, 2, 2, 0, 1},         /* 13 */
    {JUMP, 0, 0, 0, 6},         /* 14 */
    {LESS, 5, 3, 2, 0},         /* 15 longest < length */
    {JUMP_UNLESS, 5, 0, 0, 19}, /* 16 */
    {MOVE, 3, 2, 0, 0},         /* 17 */
    {MOVE, 4, 0, 0, 0},         /* 18 */
    {ADD, 0, 0, 7, 0},          /* 19 */
    {LESS, 5, 0, 6, 0},         /* 20 number < limit */
    {JUMP_IF, 5, 0, 0, 4},      /* 21 */
    {STOP, 0, 0, 0, 0},
};
static const struct insn *volatile start = program;

uint32_t bytecode(void) {
  uint32_t r[8] = {0}, executed = 0;
  const struct insn *const code = start, *pc = code;
  for (;;) {
    const struct insn *i = pc++;
    executed++;
    switch ((enum opcode)i->op) {
      case SET: r[i->a] = i->constant; break;
      case MOVE: r[i->a] = r[i->b]; break;
      case ADD: r[i->a] = r[i->b] + r[i->c]; break;
      case ADDI: r[i->a] = r[i->b] + i->constant; break;
      case MULI: r[i->a] = r[i->b] * i->constant; break;
      case HALVE: r[i->a] = r[i->b] >> 1; break;
      case ODD: r[i->a] = r[i->b] & 1; break;
      case LESS: r[i->a] = r[i->b] < r[i->c]; break;
      case JUMP: pc = code + i->constant; break;
      case JUMP_IF: if (r[i->a]) pc = code + i->constant; break;
      case JUMP_UNLESS: if (!r[i->a]) pc = code + i->constant; break;
      case STOP: return mix(mix(r[3], r[4]), executed);
    }
  }
}
