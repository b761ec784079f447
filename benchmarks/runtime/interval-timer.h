/* The rate of a CPU's counter, by a PC's interval timer; `timer_out` and `timer_in` access its ports, `counter` reads the other. */
#ifndef INTERVAL_TIMER_H
#define INTERVAL_TIMER_H
#include "bench.h"

enum { TIMER = 0x40, TIMER_CONTROL = 0x43, TIMER_HZ = 1193182, SAMPLES = 7, SAMPLE_TICKS = 12000 };

static void timer_out(unsigned port, uint8_t value);
static uint8_t timer_in(unsigned port);
static uint64_t counter(void);

static unsigned timer_value(void) {
  timer_out(TIMER_CONTROL, 0);
  unsigned low = timer_in(TIMER);
  return low | timer_in(TIMER) << 8;
}

/* Ticks of the counter in a second: the median of some samples of 10 ms, since the host may look away in any of them. */
static uint64_t counter_rate(void) {
  uint64_t rates[SAMPLES];
  for (int n = 0; n < SAMPLES; n++) {
    timer_out(TIMER_CONTROL, 0x34);
    timer_out(TIMER, 0);
    timer_out(TIMER, 0);
    unsigned first, left;
    do first = timer_value();
    while (first < 0xf000);
    uint64_t start = counter();
    do left = timer_value();
    while (left > first - SAMPLE_TICKS && left <= first);
    uint64_t rate = (counter() - start) * TIMER_HZ / (first - left);
    int at = n;
    for (; at > 0 && rates[at - 1] > rate; at--) rates[at] = rates[at - 1];
    rates[at] = rate;
  }
  return rates[SAMPLES / 2];
}
#endif
