/* Follows a linked list through 8 MB in random order: hardly any load hits a cache, and few hit the translation buffer. */
#include "bench.h"

enum { NODES = 1 << 17, STEPS = 4000000 };
struct node {
  struct node *next;
  uint32_t value;
  /* One node is 64 bytes, whatever the size of a pointer. */
  uint8_t rest[64 - 4 - sizeof(struct node *)];
};

uint32_t chase(void) {
  struct node *nodes = allocate(sizeof(struct node) * NODES);
  uint32_t *order = allocate(4 * NODES), sum = 0;
  for (uint32_t i = 0; i < NODES; i++) order[i] = i;
  /* Sattolo's shuffle: one cycle through all nodes. */
  for (uint32_t i = NODES - 1; i > 0; i--) {
    uint32_t j = random32() % i, t = order[i];
    order[i] = order[j], order[j] = t;
  }
  for (uint32_t i = 0; i < NODES; i++) nodes[i].next = &nodes[order[i]], nodes[i].value = random32();
  const struct node *at = nodes;
  for (uint32_t i = 0; i < STEPS; i++) {
    sum = rotate_right(sum, 1) + at->value;
    at = at->next;
  }
  return sum;
}
