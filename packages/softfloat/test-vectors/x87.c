/* The host's x87 as an oracle: see README.md. Instructions are given as bytes, since assemblers disagree on the names of some.
 *     gcc -O2 x87.c -o x87 && ./x87 > x87.json
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

/* An operand or a result of any kind: 64 bits of significand, integer or pattern, then 16 of sign and exponent or digits. */
typedef struct {
  u32 w[3];
} Value;

typedef struct {
  Value first, second;
  u32 status; /* bits of FSW; bit 16: the stack did not move where it should have, or the memory operand was not written */
} Outcome;

/* What FXRSTOR and FXSAVE keep; registers in the order of the stack. */
typedef struct {
  u16 control, status;
  unsigned char tags, rest[19];
  u32 mxcsr, mxcsrMask;
  struct {
    u64 significand;
    u16 signExponent, unused[3];
  } st[8];
  unsigned char more[352];
} __attribute__((aligned(64))) Image;

static Image before, after;
static unsigned char memory[16];

#define TOP 4

static void load(u32 i, Value v) {
  before.st[i].significand = (u64)v.w[1] << 32 | v.w[0];
  before.st[i].signExponent = v.w[2];
}

static Value stored(u32 i) {
  Value v = {{(u32)after.st[i].significand, after.st[i].significand >> 32, after.st[i].signExponent}};
  return v;
}

/* How far the stack went up: 1 after a pop, -1 after a push. */
static int popped(void) {
  return (int)(after.status >> 11 & 7) - TOP;
}

#define NOT_DONE 0x10000

/* Where operands come from and results go. */
enum shape {
  POP,         /* a is ST1, b is ST0; the result replaces a, b is popped */
  UNARY,       /* a is ST0 and replaced */
  BINARY,      /* a is ST0 and replaced, b is ST1 */
  SPLIT,       /* a is ST0 and replaced, a second result is pushed */
  COMPARE,     /* a is ST0, b is ST1; both are popped; the result is in the condition codes */
  TEST,        /* a is ST0 and stays */
  EFLAGS,      /* a is ST0, b is ST1; one is popped; the result is ZF, PF and CF */
  MEMORY,      /* a is ST0 and replaced, b is in memory */
  MEMORY_TEST, /* the same, without a result */
  LOAD,        /* a is in memory; the result is pushed */
  STORE,       /* a is ST0 and popped, the result goes to memory */
};

typedef struct {
  const char *name, *operands; /* letters: x f80, s f32, d f64, h w l integers of 16, 32, 64 bits, b packed decimal */
  enum shape shape;
  int resultBits; /* of STORE; negative if an integer */
  void (*run)(u32 *eflags);
  int loose; /* the result may be off by a unit in the last place; PE and C1 do not count */
} Op;

#define RUN(name, bytes)                                                                                                    \
  static void name(u32 *eflags) {                                                                                           \
    __asm__ volatile("xorl %%ecx, %%ecx\n fxrstor %[in]\n .byte " bytes                                                     \
                     "\n lahf\n fxsave %[out]\n fninit\n movzbl %%ah, %%ecx\n movl %%ecx, %[f]"                             \
                     : [out] "=m"(after), [f] "=m"(*eflags)                                                                 \
                     : [in] "m"(before), "d"(memory)                                                                        \
                     : "rax", "rcx", "memory", "cc");                                                                       \
  }

RUN(add, "0xde, 0xc1") RUN(sub, "0xde, 0xe9") RUN(sub_reversed, "0xde, 0xe1") RUN(mul, "0xde, 0xc9")
RUN(divide, "0xde, 0xf9") RUN(div_reversed, "0xde, 0xf1")
RUN(add_f32, "0xd8, 0x02") RUN(mul_f32, "0xd8, 0x0a") RUN(compare_f32, "0xd8, 0x12") RUN(sub_f32, "0xd8, 0x22")
RUN(subr_f32, "0xd8, 0x2a") RUN(div_f32, "0xd8, 0x32") RUN(divr_f32, "0xd8, 0x3a")
RUN(add_f64, "0xdc, 0x02") RUN(mul_f64, "0xdc, 0x0a") RUN(compare_f64, "0xdc, 0x12") RUN(sub_f64, "0xdc, 0x22")
RUN(subr_f64, "0xdc, 0x2a") RUN(div_f64, "0xdc, 0x32") RUN(divr_f64, "0xdc, 0x3a")
RUN(square_root, "0xd9, 0xfa") RUN(rem, "0xd9, 0xf8") RUN(rem_nearest, "0xd9, 0xf5") RUN(round_to_int, "0xd9, 0xfc")
RUN(scale, "0xd9, 0xfd") RUN(extract, "0xd9, 0xf4")
RUN(compare, "0xde, 0xd9") RUN(compare_quiet, "0xda, 0xe9") RUN(test, "0xd9, 0xe4") RUN(examine, "0xd9, 0xe5")
RUN(compare_eflags, "0xdf, 0xf1") RUN(compare_quiet_eflags, "0xdf, 0xe9")
RUN(load_f32, "0xd9, 0x02") RUN(load_f64, "0xdd, 0x02") RUN(load_i16, "0xdf, 0x02") RUN(load_i32, "0xdb, 0x02")
RUN(load_i64, "0xdf, 0x2a") RUN(load_bcd, "0xdf, 0x22")
RUN(to_f32, "0xd9, 0x1a") RUN(to_f64, "0xdd, 0x1a") RUN(to_i16, "0xdf, 0x1a") RUN(to_i32, "0xdb, 0x1a") RUN(to_i64, "0xdf, 0x3a")
RUN(to_i16_zero, "0xdf, 0x0a") RUN(to_i32_zero, "0xdb, 0x0a") RUN(to_i64_zero, "0xdd, 0x0a") RUN(to_bcd, "0xdf, 0x32")
RUN(load_1, "0xd9, 0xe8") RUN(load_l2t, "0xd9, 0xe9") RUN(load_l2e, "0xd9, 0xea") RUN(load_pi, "0xd9, 0xeb")
RUN(load_lg2, "0xd9, 0xec") RUN(load_ln2, "0xd9, 0xed") RUN(load_zero, "0xd9, 0xee")
RUN(exp2_minus1, "0xd9, 0xf0") RUN(y_log2, "0xd9, 0xf1") RUN(y_log2_plus1, "0xd9, 0xf9") RUN(arctangent, "0xd9, 0xf3")
RUN(tangent, "0xd9, 0xf2") RUN(sine, "0xd9, 0xfe") RUN(cosine, "0xd9, 0xff") RUN(sine_cosine, "0xd9, 0xfb")

static const Op ops[] = {
    {"add", "xx", POP, 0, add},
    {"sub", "xx", POP, 0, sub},
    {"sub_reversed", "xx", POP, 0, sub_reversed},
    {"mul", "xx", POP, 0, mul},
    {"div", "xx", POP, 0, divide},
    {"div_reversed", "xx", POP, 0, div_reversed},
    {"add_f32", "xs", MEMORY, 0, add_f32},
    {"mul_f32", "xs", MEMORY, 0, mul_f32},
    {"sub_f32", "xs", MEMORY, 0, sub_f32},
    {"subr_f32", "xs", MEMORY, 0, subr_f32},
    {"div_f32", "xs", MEMORY, 0, div_f32},
    {"divr_f32", "xs", MEMORY, 0, divr_f32},
    {"compare_f32", "xs", MEMORY_TEST, 0, compare_f32},
    {"add_f64", "xd", MEMORY, 0, add_f64},
    {"mul_f64", "xd", MEMORY, 0, mul_f64},
    {"sub_f64", "xd", MEMORY, 0, sub_f64},
    {"subr_f64", "xd", MEMORY, 0, subr_f64},
    {"div_f64", "xd", MEMORY, 0, div_f64},
    {"divr_f64", "xd", MEMORY, 0, divr_f64},
    {"compare_f64", "xd", MEMORY_TEST, 0, compare_f64},
    {"sqrt", "x", UNARY, 0, square_root},
    {"rem", "xx", BINARY, 0, rem},
    {"rem1", "xx", BINARY, 0, rem_nearest},
    {"round_to_int", "x", UNARY, 0, round_to_int},
    {"scale", "xx", BINARY, 0, scale},
    {"extract", "x", SPLIT, 0, extract},
    {"compare", "xx", COMPARE, 0, compare},
    {"compare_quiet", "xx", COMPARE, 0, compare_quiet},
    {"test", "x", TEST, 0, test},
    {"examine", "x", TEST, 0, examine},
    {"compare_eflags", "xx", EFLAGS, 0, compare_eflags},
    {"compare_quiet_eflags", "xx", EFLAGS, 0, compare_quiet_eflags},
    {"from_f32", "s", LOAD, 0, load_f32},
    {"from_f64", "d", LOAD, 0, load_f64},
    {"from_i16", "h", LOAD, 0, load_i16},
    {"from_i32", "w", LOAD, 0, load_i32},
    {"from_i64", "l", LOAD, 0, load_i64},
    {"from_bcd", "b", LOAD, 0, load_bcd},
    {"to_f32", "x", STORE, 32, to_f32},
    {"to_f64", "x", STORE, 64, to_f64},
    {"to_i16", "x", STORE, -16, to_i16},
    {"to_i32", "x", STORE, -32, to_i32},
    {"to_i64", "x", STORE, -64, to_i64},
    {"to_i16_zero", "x", STORE, -16, to_i16_zero},
    {"to_i32_zero", "x", STORE, -32, to_i32_zero},
    {"to_i64_zero", "x", STORE, -64, to_i64_zero},
    {"to_bcd", "x", STORE, 80, to_bcd},
    {"constant_1", "", LOAD, 0, load_1},
    {"constant_l2t", "", LOAD, 0, load_l2t},
    {"constant_l2e", "", LOAD, 0, load_l2e},
    {"constant_pi", "", LOAD, 0, load_pi},
    {"constant_lg2", "", LOAD, 0, load_lg2},
    {"constant_ln2", "", LOAD, 0, load_ln2},
    {"constant_zero", "", LOAD, 0, load_zero},
    {"exp2_minus1", "x", UNARY, 0, exp2_minus1, 1},
    {"y_log2", "xx", POP, 0, y_log2, 1},
    {"y_log2_plus1", "xx", POP, 0, y_log2_plus1, 1},
    {"arctangent", "xx", POP, 0, arctangent, 1},
    {"tangent", "x", SPLIT, 0, tangent, 1},
    {"sine", "x", UNARY, 0, sine, 1},
    {"cosine", "x", UNARY, 0, cosine, 1},
    {"sine_cosine", "x", SPLIT, 0, sine_cosine, 1},
};

static Outcome run(const Op *op, Value a, Value b, u32 config) {
  Outcome o;
  memset(&o, 0, sizeof o);
  memset(&before, 0, sizeof before);
  memset(memory, 0xcc, sizeof memory);
  before.control = config & 0xffff;
  before.status = config >> 16 | TOP << 11;
  before.tags = 3 << TOP;
  before.mxcsr = 0x1f80;
  enum shape shape = op->shape;
  if (shape == LOAD) memcpy(memory, a.w, 12), before.tags = 0;
  else load(shape == POP, a);
  if (shape == MEMORY || shape == MEMORY_TEST) memcpy(memory, b.w, 12);
  else if (shape != LOAD) load(shape != POP, b);
  u32 eflags;
  op->run(&eflags);
  o.status = after.status & 0xc7ff;
  static const int moves[] = {[POP] = 1, [SPLIT] = -1, [COMPARE] = 2, [EFLAGS] = 1, [LOAD] = -1, [STORE] = 1};
  int moved = popped();
  if (moved != moves[shape]) {
    if (moved != 0) exit(1);
    o.status |= NOT_DONE;
  }
  int done = !(o.status & NOT_DONE);
  switch (shape) {
    case POP:
      o.first = stored(done ? 0 : 1);
      break;
    case UNARY:
    case BINARY:
    case MEMORY:
      o.first = stored(0);
      break;
    case SPLIT:
      o.first = stored(done ? 1 : 0);
      if (done) o.second = stored(0);
      break;
    case LOAD:
      if (done) o.first = stored(0);
      break;
    case EFLAGS:
      o.first.w[0] = eflags & 0x45;
      break;
    case STORE: {
      int bits = abs(op->resultBits);
      if (done) memcpy(o.first.w, memory, bits / 8);
      else if (memory[0] != 0xcc || memory[1] != 0xcc) exit(2);
      int sign = op->resultBits < 0 && done ? -(memory[bits / 8 - 1] >> 7) : 0;
      if (bits < 64) o.first.w[1] = sign;
      if (bits == 16) o.first.w[0] |= (u32)sign << 16;
      break;
    }
    default:
      break;
  }
  return o;
}

/* The stream of operands, as in x87-stream.ts. */

static u32 state;

static u32 next(void) {
  u32 z = state += 0x9e3779b9;
  z = (z ^ (z >> 16)) * 0x21f0aaad;
  z = (z ^ (z >> 15)) * 0x735a2d97;
  return z ^ (z >> 15);
}

#define H 0x80000000
static const u32 special80[][3] = {
    /* zero, denormals, pseudo-denormals, the least normal numbers */
    {0, 0, 0}, {1, 0, 0}, {0, 0x40000000, 0}, {~0u, 0x7fffffff, 0}, {0, H, 0}, {~0u, ~0u, 0}, {0, H, 1}, {1, H, 1}, {~0u, ~0u, 1},
    {0x12345, 0, 0}, {0, H, 2},
    /* not supported: unnormals, pseudo-NaN, pseudo-infinity */
    {1, 0x40000000, 1}, {0, 0x40000000, 0x3fff}, {0, 0, 0x3fff}, {0, 0, 0x7fff}, {5, 0x40000000, 0x7fff},
    /* around one and other small numbers */
    {0, H, 0x3fff}, {1, H, 0x3fff}, {~0u, ~0u, 0x3ffe}, {0, 0xc0000000, 0x3fff}, {0, H, 0x4000}, {0, 0xc0000000, 0x4000}, {0, H, 0x3ffe},
    {1, H, 0x3ffe}, {~0u, ~0u, 0x3ffd}, {0, 0xa0000000, 0x4002}, {0x2168c235, 0xc90fdaa2, 0x4000}, {0x2168c235, 0xc90fdaa2, 0x3fff},
    {0x2168c234, 0xc90fdaa2, 0x3ffe}, {0x33f9de64, 0xb504f333, 0x3ffe}, {0x67f3bcc9, 0x95f61998, 0x3ffd}, {0x33f9de65, 0xb504f333, 0x3fff},
    /* where integers, decimals and arguments of trigonometric functions end */
    {0, 0xfffe0000, 0x400d}, {0, 0xffff0000, 0x400d}, {0, H, 0x400e}, {0, 0x80010000, 0x400e}, {0, 0xfffffffe, 0x401d}, {0, ~0u, 0x401d},
    {0, H, 0x401e}, {H, H, 0x401e}, {~0u - 1, ~0u, 0x403d}, {~0u, ~0u, 0x403d}, {0, H, 0x403e}, {1, H, 0x403e}, {0, H, 0x403f},
    {0xa763ffff, 0xde0b6b3, 0}, {0x4ec7fffc, 0xde0b6b3a, 0x403a}, {0x4ec7fffe, 0xde0b6b3a, 0x403a}, {0x4ec80000, 0xde0b6b3a, 0x403a},
    /* where f32 and f64 end, and the exponents that the bias of unmasked exceptions leads to */
    {0, H, 0x3f81}, {0, 0xffffff00, 0x3f80}, {0, 0xffffff80, 0x3f80}, {0, H, 0x3f69}, {0, H, 0x3f6a}, {0, 0xffffff00, 0x407e},
    {0, 0xffffff80, 0x407e}, {0, H, 0x3c01}, {0xfffff800, ~0u, 0x3c00}, {0xfffffc00, ~0u, 0x3c00}, {0, H, 0x3bcd}, {0xfffff800, ~0u, 0x43fe},
    {0xfffffc00, ~0u, 0x43fe}, {0, 0xc0000000, 0x400d}, {0, H, 0x2000}, {0, H, 0x5fff}, {0, H, 0x6000},
    /* the end */
    {0, H, 0x7ffe}, {~0u, ~0u, 0x7ffe}, {0, H, 0x7fff}, {1, H, 0x7fff}, {~0u, 0xbfffffff, 0x7fff}, {0, 0xc0000000, 0x7fff},
    {1, 0xc0000000, 0x7fff}, {0x12345, 0xc0000000, 0x7fff}, {~0u, ~0u, 0x7fff}};
#define SPECIALS (2 * sizeof special80 / sizeof *special80)

static Value special(u32 i) {
  const u32 *s = special80[i >> 1];
  Value v = {{s[0], s[1], s[2] | (i & 1) << 15}};
  return v;
}

/* Bits of a significand: random, few, or with a run of zeros or ones at the end. */
static void randomBits(Value *v, u32 choice) {
  u32 high = next(), low = next(), n = next(), ones = 0xffffffff << (n & 31);
  switch (choice & 7) {
    case 0:
      high &= next() & next();
      low &= next() & next();
      break;
    case 1:
      if (n & 32) low = 0, high &= ones;
      else low &= ones;
      break;
    case 2:
      if (n & 32) low = 0xffffffff, high |= ~ones;
      else low |= ~ones;
      break;
    default:
      break;
  }
  v->w[0] = low;
  v->w[1] = high;
}

static Value random80(void) {
  u32 r = next(), e = next();
  if ((r & 7) == 0) return special(e % SPECIALS);
  Value v;
  randomBits(&v, r >> 3);
  switch (r >> 6 & 15) {
    case 0:
    case 1:
      e &= 0x7fff;
      break;
    case 2:
      e %= 72;
      break;
    case 3:
      e = 0x7fff - e % 72;
      break;
    case 4: /* the small end of f32 */
      e = 0x3f66 + e % 30;
      break;
    case 5: /* the large ends of f32 and f64 */
      e = (e & 0x100 ? 0x407c : 0x43fc) + (e & 3);
      break;
    case 6: /* the small end of f64 */
      e = 0x3bc8 + e % 64;
      break;
    case 7:
    case 8: /* about one */
      e = 0x3ff9 + (e & 7);
      break;
    case 9: /* integers */
      e = 0x3fff + e % 72;
      break;
    default:
      e = 0x3fdf + (e & 63);
  }
  if ((r >> 10 & 31) != 0 && e != 0) v.w[1] |= 0x80000000;
  v.w[2] = e | r >> 31 << 15;
  return v;
}

static Value random32(void) {
  u32 r = next(), e = next();
  Value v;
  randomBits(&v, r);
  v.w[0] = v.w[1] & 0x7fffff;
  v.w[1] = 0xcccccccc;
  v.w[2] = 0xcccc;
  u32 k = r >> 3 & 7;
  e = k == 0 ? 0 : k == 1 ? 255 : k == 2 ? e & 255 : 127 + (e & 31) - 16;
  if ((r >> 6 & 7) == 0) v.w[0] = 0;
  v.w[0] |= e << 23 | r >> 31 << 31;
  return v;
}

static Value random64(void) {
  u32 r = next(), e = next();
  Value v;
  randomBits(&v, r);
  v.w[1] &= 0xfffff;
  v.w[2] = 0xcccc;
  u32 k = r >> 3 & 7;
  e = k == 0 ? 0 : k == 1 ? 2047 : k == 2 ? e & 2047 : 1023 + (e & 127) - 64;
  if ((r >> 6 & 7) == 0) v.w[0] = v.w[1] = 0;
  v.w[1] |= e << 20 | r >> 31 << 31;
  return v;
}

static Value randomInteger(void) {
  u32 r = next(), n = r & 63;
  Value v;
  randomBits(&v, r >> 6);
  u64 x = ((u64)v.w[1] << 32 | v.w[0]) >> n;
  if (r >> 31) x = 0 - x;
  v.w[0] = x;
  v.w[1] = x >> 32;
  v.w[2] = 0xcccc;
  return v;
}

static Value randomDecimal(void) {
  u32 r = next(), sign = next();
  Value v;
  for (u32 i = 0; i < 3; i++) {
    u32 d = next(), digits = 0;
    for (u32 k = 0; k < 8; k++, d >>= 4) digits |= ((d & 15) < 10 || (r & 15) == 0 ? d & 15 : (d & 15) - 8) << 4 * k;
    v.w[i] = digits;
  }
  v.w[2] = (v.w[2] & 0xff) | (sign & 0xff00);
  if (r & 16) v.w[1] = 0;
  if (r & 32) v.w[2] &= 0xff00;
  return v;
}

static Value randomOperand(char kind) {
  switch (kind) {
    case 'x':
      return random80();
    case 's':
      return random32();
    case 'd':
      return random64();
    case 'b':
      return randomDecimal();
    default:
      return randomInteger();
  }
}

/* An f80 like a: in all bits but few, or in the exponent about. */
static Value similar(Value a) {
  u32 r = next();
  Value v = a;
  if (r & 4) {
    v.w[0] ^= r & 3;
  } else {
    randomBits(&v, r >> 8);
    v.w[1] |= 0x80000000;
    v.w[2] = (v.w[2] + (r >> 16 & 127) - 64) & 0x7fff;
  }
  v.w[2] ^= r >> 31 << 15;
  return v;
}

/* Control word in the low half, condition codes before the instruction in the high one. */
static u32 randomConfig(void) {
  static const u32 precisions[] = {0x300, 0x300, 0x200, 0x000};
  u32 r = next();
  u32 masks = r & 0x1000 ? 0x3f : r >> 16 & 0x3f;
  return 0x40 | masks | precisions[r & 3] | (r & 0xc) << 8 | (r & 0x47 << 4) << 20;
}

static u32 hash;
static FILE *dump;

static void mixIn(u32 word) {
  u32 h = (hash ^ word) * 0x9e3779b1;
  hash = h << 15 | h >> 17;
}

/* Two bits of each result of a loose operation, in base 64: enough to tell a neighbour from its neighbours. */
#define HINTS 6000
static unsigned char hints[HINTS * 2];
static u32 hintCount;

static void runCase(const Op *op, Value a, Value b, u32 config) {
  Outcome o = run(op, a, b, config);
  if (op->loose) {
    o.status &= ~0x220;
    if (!(config & 0x20)) o.status &= ~0x8080; /* an unmasked PE is summed up in ES and B */
  }
  for (u32 i = 0; i < 3; i++) mixIn(o.first.w[i]);
  if (op->shape == SPLIT)
    for (u32 i = 0; i < 3; i++) mixIn(o.second.w[i]);
  mixIn(o.status);
  if (op->loose && hintCount < sizeof hints) {
    hints[hintCount++] = o.first.w[0] & 3;
    if (op->shape == SPLIT) hints[hintCount++] = o.second.w[0] & 3;
  }
  if (dump) fwrite(&o, sizeof o, 1, dump);
}

static void runOp(const Op *op, u32 shortCount, u32 longCount) {
  const char *k = op->operands;
  u32 count = strlen(k), shortHash = 0;
  Value a = {{0, 0, 0}}, b = a;
  state = 1;
  hash = 0;
  hintCount = 0;
  if (op->loose) shortCount = HINTS, longCount = HINTS;
  else if (k[0] == 'x') {
    for (u32 repeat = 0; repeat < 4; repeat++)
      for (u32 i = 0; i < SPECIALS; i++)
        for (u32 j = 0; j < (k[1] == 'x' ? SPECIALS : 1); j++) {
          a = special(i);
          if (k[1] == 'x') b = special(j);
          runCase(op, a, b, randomConfig());
        }
  }
  printf("  \"%s\": [%u", op->name, hash);
  for (u32 i = 0; i < longCount || dump; i++) {
    u32 r = next(), config = randomConfig();
    if (count > 0) a = randomOperand(k[0]);
    if (count > 1) b = k[1] == 'x' && (r & 3) == 0 ? similar(a) : randomOperand(k[1]);
    runCase(op, a, b, config);
    if (i + 1 == shortCount) shortHash = hash;
    if (dump && i + 1 == 1000000) break;
  }
  printf(", %u", shortHash);
  if (!op->loose) {
    printf(", %u]", hash);
    return;
  }
  printf(", \"");
  for (u32 i = 0; i < hintCount; i += 3)
    putchar("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[hints[i] | hints[i + 1] << 2 | hints[i + 2] << 4]);
  printf("\"]");
}

/* Arguments: none, or the name of one operation and a file for its outcomes (28 bytes a case: two results and the status). */
int main(int argc, char **argv) {
  printf("{\n");
  if (argc > 2) dump = fopen(argv[2], "wb");
  for (u32 i = 0, done = 0; i < sizeof ops / sizeof *ops; i++) {
    if (argc > 1 && strcmp(argv[1], ops[i].name) != 0) continue;
    if (done++) printf(",\n");
    runOp(&ops[i], 100000, 1000000);
    fflush(stdout);
  }
  printf("\n}\n");
  return 0;
}
