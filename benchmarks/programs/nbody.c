/* Five bodies under gravitation, double precision: multiplications, a square root and a division for each pair. */
#include "bench.h"

enum { BODIES = 5, STEPS = 420000 };
double sqrt(double);
struct body {
  double position[3], velocity[3], mass;
};

/* A star and four planets in units of the first planet's orbit; made up, stable enough. */
static const struct body start[BODIES] = {
    {{0, 0, 0}, {0, 0, 0}, 40},
    {{4.8, -1.2, -0.1}, {0.6, 2.8, -0.02}, 0.04},
    {{8.3, 4.1, -0.4}, {-1.0, 1.8, 0.008}, 0.011},
    {{12.9, -15.1, -0.2}, {1.0, 0.8, -0.01}, 0.0017},
    {{15.4, -25.9, 0.2}, {0.9, 0.5, -0.03}, 0.002},
};

NOINLINE static void advance(struct body *bodies, double dt) {
  for (int i = 0; i < BODIES; i++) {
    struct body *a = &bodies[i];
    for (int j = i + 1; j < BODIES; j++) {
      struct body *b = &bodies[j];
      double x = a->position[0] - b->position[0], y = a->position[1] - b->position[1], z = a->position[2] - b->position[2];
      double squared = x * x + y * y + z * z;
      double pull = dt / (squared * __builtin_sqrt(squared));
      double to_a = b->mass * pull, to_b = a->mass * pull;
      a->velocity[0] -= x * to_a, a->velocity[1] -= y * to_a, a->velocity[2] -= z * to_a;
      b->velocity[0] += x * to_b, b->velocity[1] += y * to_b, b->velocity[2] += z * to_b;
    }
  }
  for (int i = 0; i < BODIES; i++)
    for (int k = 0; k < 3; k++) bodies[i].position[k] += dt * bodies[i].velocity[k];
}

uint32_t nbody(void) {
  struct body bodies[BODIES];
  uint32_t sum = 0;
  memcpy(bodies, start, sizeof bodies);
  for (int i = 0; i < STEPS; i++) {
    advance(bodies, 0.001);
    if (i % 20000 == 0) sum = mix(sum, double_bits(bodies[0].position[0]));
  }
  for (int i = 0; i < BODIES; i++)
    for (int k = 0; k < 3; k++) sum = mix(sum, double_bits(bodies[i].position[k]));
  return sum;
}
