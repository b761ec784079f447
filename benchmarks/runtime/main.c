/*
 * Runs the programs named by the command line ("sieve crc32 repeat=5"; none named: all of them) and prints a line for each repetition:
 *
 *   NAME REPETITION CHECKSUM MICROSECONDS        such as        sieve 1 89abcdef 0000734512
 *
 * and "end" at the end. PROGRAMS, a list X(name) X(name) ..., comes from the compiler's command line.
 */
#include "bench.h"

#define DECLARE(name) uint32_t name(void);
PROGRAMS(DECLARE)
static const struct {
  const char *name;
  uint32_t (*run)(void);
} programs[] = {
#define ROW(name) {#name, name},
    PROGRAMS(ROW)};
enum { COUNT = sizeof programs / sizeof *programs, HEAP = 16 << 20 };

static uint8_t heap[HEAP] __attribute__((aligned(16)));
static size_t heap_used;
static uint32_t random_state;

void *allocate(size_t bytes) {
  void *at = heap + heap_used;
  heap_used += (bytes + 15) & ~(size_t)15;
  if (heap_used > HEAP) {
    platform_print("out of memory\n", 14);
    __builtin_trap();
  }
  return at;
}

uint32_t random32(void) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 17;
  random_state ^= random_state << 5;
  return random_state;
}

static char *put_text(char *to, const char *text) {
  while (*text) *to++ = *text++;
  return to;
}

static char *put_number(char *to, uint32_t n, uint32_t base, int digits) {
  for (int i = digits - 1; i >= 0; i--, n /= base) to[i] = "0123456789abcdef"[n % base];
  return to + digits;
}

static void run(unsigned p, unsigned repetitions) {
  for (unsigned i = 1; i <= repetitions; i++) {
    char line[80], *to = line;
    heap_used = 0;
    random_state = 0x12345678;
    uint64_t start = platform_microseconds();
    uint32_t checksum = programs[p].run();
    uint32_t elapsed = (uint32_t)(platform_microseconds() - start);
    to = put_text(to, programs[p].name);
    *to++ = ' ';
    to = put_number(to, i, 10, i < 10 ? 1 : i < 100 ? 2 : 5);
    *to++ = ' ';
    to = put_number(to, checksum, 16, 8);
    *to++ = ' ';
    to = put_number(to, elapsed, 10, 10);
    *to++ = '\n';
    platform_print(line, (size_t)(to - line));
  }
}

static int is_word(const char *word, size_t length, const char *text) {
  return strlen(text) == length && memcmp(word, text, length) == 0;
}

/* Calls `each` for every word that is not an option; returns the repetitions asked for. */
static unsigned parse(const char *words, void (*each)(const char *word, size_t length, void *data), void *data) {
  unsigned repetitions = 5;
  while (*words) {
    size_t length = 0;
    while (words[length] && words[length] != ' ' && words[length] != ',') length++;
    if (length > 7 && memcmp(words, "repeat=", 7) == 0) {
      repetitions = 0;
      for (size_t i = 7; i < length; i++) repetitions = repetitions * 10 + (unsigned)(words[i] - '0');
    } else if (length > 0) each(words, length, data);
    words += words[length] ? length + 1 : length;
  }
  return repetitions;
}

struct choice {
  uint8_t chosen[COUNT];
  int any, unknown;
};

static void choose(const char *word, size_t length, void *data) {
  struct choice *choice = data;
  int found = 0;
  for (unsigned p = 0; p < COUNT; p++)
    if (is_word(word, length, programs[p].name)) choice->chosen[p] = 1, found = 1;
  choice->any = 1;
  if (found) return;
  choice->unknown = 1;
  platform_print("no program ", 11);
  platform_print(word, length);
  platform_print("\n", 1);
}

int bench_main(const char *words) {
  struct choice choice;
  memset(&choice, 0, sizeof choice);
  unsigned repetitions = parse(words, choose, &choice);
  for (unsigned p = 0; p < COUNT; p++)
    if (choice.chosen[p] || !choice.any) run(p, repetitions);
  platform_print("end\n", 4);
  return choice.unknown;
}
