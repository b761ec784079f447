/* The operand stream that the oracle programs and stream.ts both compute, and a running hash of the results. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint32_t u32;
typedef uint64_t u64;

/* operands: one letter each: h s d for f16 f32 f64, w l for integers of 32 and 64 bits. configs: how many configurations. */
struct op {
  const char *name;
  const char *operands;
  int configs;
  int resultBits;
  void (*run)(u64 a, u64 b, u64 c, u32 config, u64 *result, u32 *flags);
};

static u32 state;

static u32 next(void) {
  u32 z = state += 0x9e3779b9;
  z = (z ^ (z >> 16)) * 0x21f0aaad;
  z = (z ^ (z >> 15)) * 0x735a2d97;
  return z ^ (z >> 15);
}

static const u32 special32[] = {
    0,          1,          2,          0x400000,   0x7fffff,   0x800000,   0x800001,   0xffffff,   0x1000000,  0x3effffff, 0x3f000000, 0x3f000001,
    0x3f7fffff, 0x3f800000, 0x3f800001, 0x3fc00000, 0x40000000, 0x40400000, 0x4b000000, 0x4b000001, 0x4effffff, 0x4f000000, 0x4f7fffff, 0x4f800000,
    0x5f000000, 0x5f800000, 0x7e800000, 0x7f000000, 0x7f7fffff, 0x7f800000, 0x7f800001, 0x7fa00000, 0x7fbfffff, 0x7fc00000, 0x7fc12345, 0x7fffffff};
static const u64 special64[] = {
    0,
    1,
    2,
    0x8000000000000,
    0xfffffffffffff,
    0x10000000000000,
    0x10000000000001,
    0x1fffffffffffff,
    0x20000000000000,
    0x3fdfffffffffffff,
    0x3fe0000000000000,
    0x3fe0000000000001,
    0x3fefffffffffffff,
    0x3ff0000000000000,
    0x3ff0000000000001,
    0x3ff8000000000000,
    0x4000000000000000,
    0x36a0000000000000,
    0x380fffffe0000000,
    0x380ffffff0000000,
    0x3810000000000000,
    0x41dfffffffc00000,
    0x41e0000000000000,
    0x41efffffffe00000,
    0x41f0000000000000,
    0x43e0000000000000,
    0x43f0000000000000,
    0x47efffffe0000000,
    0x47effffff0000000,
    0x7fe0000000000000,
    0x7fefffffffffffff,
    0x7ff0000000000000,
    0x7ff0000000000001,
    0x7ff4000000000000,
    0x7ff8000000000000,
    0x7fffffff12345678};
#define SPECIALS 72 /* both signs of 36 */

static u64 special(char kind, u32 i) {
  if (kind == 'h') return i;
  if (kind == 's') return special32[i >> 1] | (i & 1) << 31;
  if (kind == 'd') return special64[i >> 1] | (u64)(i & 1) << 63;
  /* integers: around powers of two */
  u64 power = (u64)1 << (i & 63);
  u64 value = i < 64 ? power - 1 : 0 - power;
  return kind == 'w' ? (u32)value : value;
}

static u64 randomFloat(u32 exponentBits, u32 highBits, int isDouble) {
  u32 top = (1u << exponentBits) - 1, middle = top >> 1;
  u32 r = next(), high = next(), low = next(), exponent = next(), n = next();
  switch (r & 7) {
    case 0:
    case 1:
      exponent &= top;
      break;
    case 2:
      exponent = exponent % (highBits + 3);
      break;
    case 3:
      exponent = top - exponent % (highBits + 3);
      break;
    default:
      exponent = middle + (exponent & 63) - 32;
  }
  if (exponentBits == 5) exponent &= top;
  switch ((r >> 3) & 7) {
    case 0: /* few bits */
      high &= next() & next();
      low &= next() & next();
      break;
    case 1: /* trailing zeros */
      if (n & 32) low = 0, high &= 0xffffffff << (n & 31);
      else low &= 0xffffffff << (n & 31);
      break;
    case 2: /* trailing ones */
      if (n & 32) low = 0xffffffff, high |= ~(0xffffffff << (n & 31));
      else low |= ~(0xffffffff << (n & 31));
      break;
    default:
      break;
  }
  high = (high & ((1u << highBits) - 1)) | exponent << highBits | (r >> 31) << (exponentBits + highBits);
  return isDouble ? (u64)high << 32 | low : high;
}

static u64 randomOperand(char kind) {
  u32 r = next();
  if (kind == 'h') return r & 0xffff;
  if (kind == 'w') return next() >> (r & 31) ^ (0 - (r >> 31));
  if (kind == 'l') {
    u64 value = ((u64)next() << 32 | next()) >> (r & 63);
    return r >> 31 ? 0 - value : value;
  }
  if ((r & 7) == 0) return special(kind, (r >> 8) % SPECIALS);
  return kind == 's' ? randomFloat(8, 23, 0) : randomFloat(11, 20, 1);
}

static u64 sameButFew(char kind, u64 a) {
  u32 r = next();
  return a ^ (r & 3) ^ (kind == 's' ? (u64)(r >> 31) << 31 : kind == 'd' ? (u64)(r >> 31) << 63 : 0);
}

/* The negated product, rounded, of finite operands: cancels in a fused multiply-add. */
static u64 cancelling(char kind, u64 a, u64 b) {
  if (kind == 's') {
    u32 bits[2] = {(u32)a, (u32)b};
    volatile float x[2];
    memcpy((void *)x, bits, 8);
    x[0] = -(x[0] * x[1]);
    if (x[0] != x[0]) return 0;
    memcpy(bits, (void *)x, 4);
    return bits[0];
  }
  u64 bits[2] = {a, b};
  volatile double x[2];
  memcpy((void *)x, bits, 16);
  x[0] = -(x[0] * x[1]);
  if (x[0] != x[0]) return 0;
  memcpy(bits, (void *)x, 8);
  return bits[0];
}

static u32 hash;
static FILE *dump;

static void mixIn(u32 word) {
  u32 h = (hash ^ word) * 0x9e3779b1;
  hash = h << 15 | h >> 17;
}

static void runCase(const struct op *op, u64 a, u64 b, u64 c, u32 config) {
  u64 result = 0;
  u32 flags = 0;
  op->run(a, b, c, config, &result, &flags);
  if (op->resultBits < 64) result &= ((u64)1 << op->resultBits) - 1;
  mixIn((u32)result);
  if (op->resultBits == 64) mixIn(result >> 32);
  mixIn(flags);
  if (dump) {
    fwrite(&result, 8, 1, dump);
    fwrite(&flags, 4, 1, dump);
  }
}

static void runOp(const struct op *op, u32 shortCount, u32 longCount) {
  const char *k = op->operands;
  u32 count = strlen(k);
  state = 1;
  hash = 0;
  if (k[0] == 'h') {
    for (u32 a = 0; a < 65536; a++) runCase(op, a, 0, 0, next() % op->configs);
  } else if (count < 3) {
    for (u32 config = 0; config < op->configs; config++)
      for (u32 a = 0; a < SPECIALS; a++)
        for (u32 b = 0; b < (count == 2 ? SPECIALS : 1); b++)
          runCase(op, special(k[0], a), count == 2 ? special(k[1], b) : 0, 0, config);
  }
  printf("  \"%s\": [%u", op->name, hash);
  for (u32 i = 0; i < longCount; i++) {
    u32 r = next(), config = next() % op->configs;
    u64 a = randomOperand(k[0]), b = 0, c = 0;
    if (count > 1) b = (r & 7) == 0 ? sameButFew(k[1], a) : randomOperand(k[1]);
    if (count > 2) {
      switch (r & 7) {
        case 1:
        case 2:
          c = cancelling(k[2], a, b);
          break;
        case 3:
          c = sameButFew(k[2], cancelling(k[2], a, b));
          break;
        case 4:
          a = special(k[0], next() % SPECIALS);
          b = special(k[1], next() % SPECIALS);
          c = special(k[2], next() % SPECIALS);
          break;
        default:
          c = randomOperand(k[2]);
      }
    }
    runCase(op, a, b, c, config);
    if (i + 1 == shortCount) printf(", %u", hash);
  }
  printf(", %u]", hash);
}

/* Arguments: none, or the name of one operation and a file for its results (12 bytes a case: result, flags). */
static int runAll(const struct op *ops, u32 count, int argc, char **argv) {
  printf("{\n");
  if (argc > 2) dump = fopen(argv[2], "wb");
  for (u32 i = 0, done = 0; i < count; i++) {
    if (argc > 1 && strcmp(argv[1], ops[i].name) != 0) continue;
    if (done++) printf(",\n");
    runOp(&ops[i], 20000, 1000000);
    fflush(stdout);
  }
  printf("\n}\n");
  return 0;
}
