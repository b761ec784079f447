// Thread-local storage, keys, once, cancellation, names, barriers, condition variables.
#include "check.h"

static __thread int mine = 5;
static __thread char big[10000];
static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_barrier_t barrier;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static int destroyed, onces, turn, cleaned;
static void destroy(void *value) { __sync_fetch_and_add(&destroyed, (int)(long)value); }
static void init(void) { onces++; }
static void clean(void *x) { cleaned++; }
static void *thread(void *n) {
  int i = (int)(long)n;
  pthread_once(&once, init);
  pthread_setspecific(key, n);
  mine += i;
  big[i] = i;
  pthread_barrier_wait(&barrier);
  pthread_mutex_lock(&mutex);
  while (turn != i) pthread_cond_wait(&cond, &mutex);
  printf("thread %d mine %d big %d %d\n", i, mine, big[i], big[0]);
  turn++;
  pthread_cond_broadcast(&cond);
  pthread_mutex_unlock(&mutex);
  return (void *)(long)(i * 10);
}
static void *forever(void *x) {
  pthread_cleanup_push(clean, NULL);
  for (;;) pause();
  pthread_cleanup_pop(0);
}
int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  pthread_key_create(&key, destroy);
  pthread_barrier_init(&barrier, NULL, 4);
  pthread_t t[4];
  turn = 1;
  for (long i = 1; i <= 4; i++) pthread_create(&t[i - 1], NULL, thread, (void *)i);
  long sum = 0;
  for (int i = 0; i < 4; i++) {
    void *r;
    pthread_join(t[i], &r);
    sum += (long)r;
  }
  printf("sum %ld destroyed %d once %d mine %d\n", sum, destroyed, onces, mine);
  pthread_create(&t[0], NULL, forever, NULL);
  usleep(20000);
  pthread_cancel(t[0]);
  void *r;
  pthread_join(t[0], &r);
  printf("cancelled %d cleaned %d\n", r == PTHREAD_CANCELED, cleaned);
  char name[20];
  printf("name %d", pthread_setname_np(pthread_self(), "a name of its own"));
  printf(" %d", pthread_setname_np(pthread_self(), "short"));
  pthread_getname_np(pthread_self(), name, sizeof name);
  printf(" %s\n", name);
  struct timespec t1;
  clock_gettime(CLOCK_REALTIME, &t1);
  t1.tv_nsec += 20000000;
  if (t1.tv_nsec > 999999999) t1.tv_sec++, t1.tv_nsec -= 1000000000;
  pthread_mutex_lock(&mutex);
  printf("condition in time %d\n", pthread_cond_timedwait(&cond, &mutex, &t1) == ETIMEDOUT);
  return 0;
}
