/* AES-128 (FIPS 197) in cipher block chaining, with one table of 256 words: loads at computed addresses. */
#include "bench.h"

enum { BLOCKS = 4096, ROUNDS = 360 };

static uint8_t box[256];
static uint32_t table[256];

static uint8_t twice(uint8_t x) { return (uint8_t)(x << 1 ^ (x >> 7) * 0x1b); }

static void make_tables(void) {
  /* 3 generates the field: p runs through its powers while q runs through their inverses. */
  uint8_t p = 1, q = 1;
  do {
    p ^= twice(p);
    q ^= (uint8_t)(q << 1);
    q ^= (uint8_t)(q << 2);
    q ^= (uint8_t)(q << 4);
    if (q & 0x80) q ^= 0x09;
    uint32_t r = q * 0x0101u;
    box[p] = (uint8_t)(q ^ r >> 7 ^ r >> 6 ^ r >> 5 ^ r >> 4 ^ 0x63);
  } while (p != 1);
  box[0] = 0x63;
  for (int i = 0; i < 256; i++) {
    uint8_t s = box[i], s2 = twice(s);
    table[i] = (uint32_t)s2 << 24 | (uint32_t)s << 16 | (uint32_t)s << 8 | (uint8_t)(s2 ^ s);
  }
}

static uint32_t substitute(uint32_t w) {
  return (uint32_t)box[w >> 24] << 24 | (uint32_t)box[w >> 16 & 0xff] << 16 | (uint32_t)box[w >> 8 & 0xff] << 8 | box[w & 0xff];
}

static void expand_key(uint32_t k[44]) {
  uint8_t constant = 1;
  for (int i = 0; i < 4; i++) k[i] = random32();
  for (int i = 4; i < 44; i++) {
    uint32_t t = k[i - 1];
    if (i % 4 == 0) t = substitute(rotate_right(t, 24)) ^ (uint32_t)constant << 24, constant = twice(constant);
    k[i] = k[i - 4] ^ t;
  }
}

static uint32_t column(uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  return table[a >> 24] ^ rotate_right(table[b >> 16 & 0xff], 8) ^ rotate_right(table[c >> 8 & 0xff], 16) ^
         rotate_right(table[d & 0xff], 24);
}

static uint32_t last_column(uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  return (uint32_t)box[a >> 24] << 24 | (uint32_t)box[b >> 16 & 0xff] << 16 | (uint32_t)box[c >> 8 & 0xff] << 8 | box[d & 0xff];
}

static void encrypt(const uint32_t *k, uint32_t s[4]) {
  uint32_t a = s[0] ^ k[0], b = s[1] ^ k[1], c = s[2] ^ k[2], d = s[3] ^ k[3];
  for (int round = 1; round < 10; round++) {
    k += 4;
    uint32_t w = column(a, b, c, d) ^ k[0], x = column(b, c, d, a) ^ k[1];
    uint32_t y = column(c, d, a, b) ^ k[2], z = column(d, a, b, c) ^ k[3];
    a = w, b = x, c = y, d = z;
  }
  k += 4;
  s[0] = last_column(a, b, c, d) ^ k[0];
  s[1] = last_column(b, c, d, a) ^ k[1];
  s[2] = last_column(c, d, a, b) ^ k[2];
  s[3] = last_column(d, a, b, c) ^ k[3];
}

uint32_t aes(void) {
  uint32_t k[44], *data = allocate(16 * BLOCKS);
  make_tables();
  expand_key(k);
  for (int i = 0; i < 4 * BLOCKS; i++) data[i] = random32();
  uint32_t state[4] = {0, 0, 0, 0};
  for (int round = 0; round < ROUNDS; round++)
    for (uint32_t *block = data; block < data + 4 * BLOCKS; block += 4) {
      for (int i = 0; i < 4; i++) state[i] ^= block[i];
      encrypt(k, state);
      for (int i = 0; i < 4; i++) block[i] = state[i];
    }
  uint32_t sum = 0;
  for (int i = 0; i < 4 * BLOCKS; i++) sum = mix(sum, data[i]);
  return sum;
}
