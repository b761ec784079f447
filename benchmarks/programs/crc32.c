/* CRC-32 with a table of 256 words, a byte at a time: a chain of dependent loads. */
#include "bench.h"

enum { SIZE = 1 << 18, ROUNDS = 360 };

uint32_t crc32(void) {
  uint32_t table[256];
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t c = i;
    for (int bit = 0; bit < 8; bit++) c = c & 1 ? c >> 1 ^ 0xedb88320u : c >> 1;
    table[i] = c;
  }
  uint8_t *data = allocate(SIZE);
  for (int i = 0; i < SIZE; i++) data[i] = (uint8_t)random32();
  uint32_t crc = ~0u;
  for (int round = 0; round < ROUNDS; round++)
    for (int i = 0; i < SIZE; i++) crc = table[(crc ^ data[i]) & 0xff] ^ crc >> 8;
  return ~crc;
}
