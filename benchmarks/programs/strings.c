/* Strings: lengths, copies of all sizes and alignments, search for a character and for a word. */
#include "bench.h"

enum { COUNT = 4000, SIZE = COUNT * 40, ROUNDS = 192 };

NOINLINE static const char *find_char(const char *text, char c) {
  while (*text && *text != c) text++;
  return *text ? text : 0;
}

NOINLINE static const char *find_word(const char *text, const char *word) {
  size_t length = strlen(word);
  for (; *text; text++)
    if (*text == *word) {
      size_t i = 1;
      while (i < length && text[i] == word[i]) i++;
      if (i == length) return text;
    }
  return 0;
}

uint32_t strings(void) {
  char *text = allocate(SIZE + 1), *copy = allocate(SIZE + 64);
  const char **starts = allocate(COUNT * sizeof(char *));
  uint32_t sum = 0;
  char *to = text;
  for (int i = 0; i < COUNT; i++) {
    starts[i] = to;
    for (uint32_t n = 8 + random32() % 31; n > 0; n--) *to++ = (char)('a' + random32() % 24);
    *to++ = 0;
  }
  size_t size = (size_t)(to - text);
  for (int round = 0; round < ROUNDS; round++) {
    for (int i = 0; i < COUNT; i++) {
      size_t length = strlen(starts[i]);
      memcpy(copy + (round & 3), starts[i], length + 1);
      sum = mix(sum, (uint32_t)length + (uint8_t)copy[(round & 3) + (int)length / 2]);
      const char *found = find_char(starts[i], (char)('a' + (round + i) % 26));
      sum += found ? (uint32_t)(found - starts[i]) : 99;
      char word[4] = {starts[i][3], starts[i][4], (char)('a' + round % 24), 0};
      found = find_word(starts[i], word);
      sum += found ? (uint32_t)(found - starts[i]) : 77;
    }
    for (int i = 0; i < 12; i++) {
      memcpy(copy, text, size);
      memmove(copy + 5 + i, copy, size / 8);
      memset(copy + 1000 * i, round, 600);
      sum = mix(sum, (uint8_t)copy[size / 3] + (uint32_t)memcmp(copy, text, 40) * 256);
    }
  }
  return sum;
}
