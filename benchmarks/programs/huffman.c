/* Canonical Huffman codes: a tree from frequencies, writing and reading bits, decoding length by length. */
#include "bench.h"

enum { SIZE = 1 << 16, SYMBOLS = 64, LONGEST = 24, ROUNDS = 84 };
struct bits {
  uint8_t *at;
  uint32_t buffer, count;
};

static void write_bits(struct bits *b, uint32_t code, uint32_t length) {
  /* The first bit of a code is its highest. */
  while (length-- > 0) {
    b->buffer |= (code >> length & 1) << b->count;
    if (++b->count == 8) *b->at++ = (uint8_t)b->buffer, b->buffer = 0, b->count = 0;
  }
}

static inline uint32_t read_bit(struct bits *b) {
  if (b->count == 0) b->buffer = *b->at++, b->count = 8;
  uint32_t bit = b->buffer & 1;
  b->buffer >>= 1;
  b->count--;
  return bit;
}

/* Code lengths: the two rarest nodes are joined until one is left. */
static void code_lengths(const uint32_t *frequency, uint8_t *lengths) {
  uint32_t weight[2 * SYMBOLS], parent[2 * SYMBOLS], nodes = SYMBOLS;
  uint8_t open[2 * SYMBOLS];
  for (int i = 0; i < SYMBOLS; i++) weight[i] = frequency[i], open[i] = 1;
  for (; nodes < 2 * SYMBOLS - 1; nodes++) {
    uint32_t least[2] = {0, 0};
    for (int n = 0; n < 2; n++) {
      uint32_t best = ~0u;
      for (uint32_t i = 0; i < nodes; i++)
        if (open[i] && weight[i] < best) best = weight[i], least[n] = i;
      open[least[n]] = 0;
      parent[least[n]] = nodes;
    }
    weight[nodes] = weight[least[0]] + weight[least[1]];
    open[nodes] = 1;
  }
  for (uint32_t i = 0; i < SYMBOLS; i++) {
    lengths[i] = 0;
    for (uint32_t n = i; n != nodes - 1; n = parent[n]) lengths[i]++;
  }
}

struct code {
  uint32_t codes[SYMBOLS];
  uint8_t lengths[SYMBOLS], sorted[SYMBOLS];
  uint32_t counts[LONGEST + 1];
};

static void make_code(struct code *c, const uint32_t *frequency) {
  uint32_t code = 0, next = 0;
  code_lengths(frequency, c->lengths);
  for (uint32_t length = 0; length <= LONGEST; length++) {
    c->counts[length] = 0;
    code <<= 1;
    for (uint32_t i = 0; length > 0 && i < SYMBOLS; i++)
      if (c->lengths[i] == length) {
        c->codes[i] = code++;
        c->sorted[next++] = (uint8_t)i;
        c->counts[length]++;
      }
  }
}

NOINLINE static void decode(const struct code *c, struct bits *b, uint8_t *to, uint32_t count) {
  while (count-- > 0) {
    uint32_t code = 0, first = 0, index = 0;
    for (uint32_t length = 1;; length++) {
      code |= read_bit(b);
      uint32_t n = c->counts[length];
      if (code - first < n) {
        *to++ = c->sorted[index + code - first];
        break;
      }
      index += n;
      first = (first + n) << 1;
      code <<= 1;
    }
  }
}

uint32_t huffman(void) {
  uint8_t *data = allocate(SIZE), *coded = allocate(4 * SIZE), *again = allocate(SIZE);
  struct code *code = allocate(sizeof(struct code));
  uint32_t sum = 0;
  for (int round = 0; round < ROUNDS; round++) {
    uint32_t frequency[SYMBOLS];
    for (int i = 0; i < SYMBOLS; i++) frequency[i] = 1;
    for (int i = 0; i < SIZE; i++) {
      uint32_t r = random32();
      data[i] = (uint8_t)((r & 63) * (r >> 8 & 63) * (r >> 16 & 63) >> 12);
      frequency[data[i]]++;
    }
    make_code(code, frequency);
    struct bits out = {coded, 0, 0};
    for (int i = 0; i < SIZE; i++) write_bits(&out, code->codes[data[i]], code->lengths[data[i]]);
    write_bits(&out, 0, 8);
    struct bits in = {coded, 0, 0};
    decode(code, &in, again, SIZE);
    if (memcmp(data, again, SIZE) != 0) return 0xbad;
    sum = mix(sum, (uint32_t)(out.at - coded));
    for (uint8_t *p = coded; p < out.at; p += 17) sum = mix(sum, *p);
  }
  return sum;
}
