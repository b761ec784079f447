/* Quicksort of records through a comparison function that is called by pointer, as qsort does. */
#include "bench.h"

enum { COUNT = 60000, ROUNDS = 12 };
struct record {
  uint32_t key, value;
};
typedef int compare(const void *a, const void *b);

static int by_key(const void *a, const void *b) {
  uint32_t x = ((const struct record *)a)->key, y = ((const struct record *)b)->key;
  return x < y ? -1 : x > y;
}
static int by_value_down(const void *a, const void *b) {
  uint32_t x = ((const struct record *)a)->value, y = ((const struct record *)b)->value;
  return x > y ? -1 : x < y;
}
static compare *volatile orders[2] = {by_key, by_value_down};

NOINLINE static void sort(struct record *from, struct record *to, compare *order) {
  while (to - from > 1) {
    struct record pivot = from[(to - from) / 2], *i = from, *j = to - 1;
    while (i <= j) {
      while (order(i, &pivot) < 0) i++;
      while (order(j, &pivot) > 0) j--;
      if (i <= j) {
        struct record t = *i;
        *i++ = *j;
        *j-- = t;
      }
    }
    sort(from, j + 1, order);
    from = i;
  }
}

uint32_t quicksort(void) {
  struct record *records = allocate(COUNT * sizeof(struct record));
  uint32_t sum = 0;
  for (int i = 0; i < COUNT; i++) records[i].key = random32(), records[i].value = random32();
  for (int round = 0; round < ROUNDS; round++) {
    sort(records, records + COUNT, orders[round & 1]);
    for (int i = 0; i < COUNT; i += 61) sum = mix(sum, records[i].key);
  }
  return sum;
}
