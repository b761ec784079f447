/* LZ77 with a hash of three bytes: compression of made-up text, decompression, comparison. */
#include "bench.h"

enum { SIZE = 1 << 17, HASHES = 1 << 12, WINDOW = 1 << 15, LONGEST = 130, ROUNDS = 120 };

static void make_text(uint8_t *to, uint32_t size) {
  uint8_t words[256][8], lengths[256];
  for (int w = 0; w < 256; w++) {
    lengths[w] = (uint8_t)(2 + random32() % 7);
    for (int i = 0; i < 8; i++) words[w][i] = (uint8_t)('a' + random32() % 26);
  }
  for (uint32_t n = 0; n < size;) {
    /* Some words are far commoner than others. */
    uint32_t w = (random32() & 0xff) * (random32() & 0xff) >> 8;
    for (int i = 0; i < lengths[w] && n < size; i++) to[n++] = words[w][i];
    if (n < size) to[n++] = ' ';
  }
}

static uint32_t hash(const uint8_t *p) { return ((uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2]) * 2654435761u >> 20; }

/* A byte below 128: so many literals and one; otherwise a match of (it - 125) bytes and its distance in two bytes. */
NOINLINE static uint32_t compress(const uint8_t *in, uint32_t size, uint8_t *out, uint32_t *heads) {
  uint32_t at = 0, to = 0, literals = 0;
  for (int i = 0; i < HASHES; i++) heads[i] = ~0u;
  while (at < size) {
    uint32_t length = 0, distance = 0;
    if (at + 3 <= size) {
      uint32_t h = hash(in + at), candidate = heads[h];
      heads[h] = at;
      if (candidate != ~0u && at - candidate < WINDOW)
        for (distance = at - candidate; length < LONGEST && at + length < size && in[candidate + length] == in[at + length];) length++;
    }
    if (length >= 3) {
      if (literals > 0) out[to - literals - 1] = (uint8_t)(literals - 1);
      literals = 0;
      out[to++] = (uint8_t)(length + 125);
      out[to++] = (uint8_t)distance;
      out[to++] = (uint8_t)(distance >> 8);
      at += length;
    } else {
      if (literals == 0) to++;
      out[to++] = in[at++];
      if (++literals == 128) out[to - 129] = 127, literals = 0;
    }
  }
  if (literals > 0) out[to - literals - 1] = (uint8_t)(literals - 1);
  return to;
}

NOINLINE static uint32_t decompress(const uint8_t *in, uint32_t size, uint8_t *out) {
  uint32_t to = 0;
  for (uint32_t at = 0; at < size;) {
    uint32_t token = in[at++];
    if (token < 128) {
      for (uint32_t i = 0; i <= token; i++) out[to++] = in[at++];
    } else {
      uint32_t distance = in[at] | (uint32_t)in[at + 1] << 8;
      at += 2;
      for (uint32_t i = 0; i < token - 125; i++, to++) out[to] = out[to - distance];
    }
  }
  return to;
}

uint32_t lz(void) {
  uint8_t *text = allocate(SIZE), *packed = allocate(2 * SIZE), *again = allocate(SIZE);
  uint32_t *heads = allocate(4 * HASHES), sum = 0;
  for (int round = 0; round < ROUNDS; round++) {
    make_text(text, SIZE);
    uint32_t size = compress(text, SIZE, packed, heads);
    if (decompress(packed, size, again) != SIZE || memcmp(text, again, SIZE) != 0) return 0xbad;
    sum = mix(sum, size);
    for (uint32_t i = 0; i < size; i += 13) sum = mix(sum, packed[i]);
  }
  return sum;
}
