// Threads: mutexes, condition variables, thread-local storage, joins, a barrier, signals to threads, exit from a thread.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static long total;
static int turn;
static __thread int own = 100;
static sem_t sem;
static volatile int got;

static void *add(void *arg) {
  for (int i = 0; i < 20000; i++) {
    pthread_mutex_lock(&lock);
    total += (long)arg;
    pthread_mutex_unlock(&lock);
  }
  own += (long)arg;
  pthread_barrier_wait(&barrier);
  return (void *)(long)own;
}

static void *ping(void *arg) {
  int me = (long)arg;
  for (int i = 0; i < 200; i++) {
    pthread_mutex_lock(&lock);
    while (turn != me) pthread_cond_wait(&changed, &lock);
    turn = !me;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
  }
  return NULL;
}

static void *sleeper(void *arg) {
  sem_post(&sem);
  for (;;) pause();
}
static void handler(int signal) { got = signal; }
static void *cancelled(void *arg) {
  pthread_cleanup_push((void (*)(void *))puts, "cleanup ran");
  sem_post(&sem);
  for (;;) sleep(100);
  pthread_cleanup_pop(0);
  return NULL;
}
static void *robust(void *arg) {
  pthread_mutex_lock(arg);
  return NULL;
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  pthread_t threads[4];
  pthread_barrier_init(&barrier, NULL, 4);
  for (long i = 0; i < 4; i++) pthread_create(&threads[i], NULL, add, (void *)(i + 1));
  long sum = 0;
  for (int i = 0; i < 4; i++) {
    void *result;
    pthread_join(threads[i], &result);
    sum += (long)result;
  }
  printf("total %ld sum %ld own %d\n", total, sum, own);
  for (long i = 0; i < 2; i++) pthread_create(&threads[i], NULL, ping, (void *)i);
  for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
  printf("turn %d\n", turn);
  sem_init(&sem, 0, 0);
  signal(SIGUSR1, handler);
  pthread_create(&threads[0], NULL, cancelled, NULL);
  sem_wait(&sem);
  pthread_cancel(threads[0]);
  void *result;
  pthread_join(threads[0], &result);
  printf("cancelled %d\n", result == PTHREAD_CANCELED);
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_nsec += 30000000;
  if (until.tv_nsec >= 1000000000) until.tv_nsec -= 1000000000, until.tv_sec++;
  pthread_mutex_lock(&lock);
  printf("timed wait %d (ETIMEDOUT %d)\n", pthread_cond_timedwait(&changed, &lock, &until), ETIMEDOUT);
  pthread_mutex_unlock(&lock);
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_t mutex;
  pthread_mutex_init(&mutex, &attributes);
  pthread_create(&threads[0], NULL, robust, &mutex);
  pthread_join(threads[0], NULL);
  printf("robust lock %d (EOWNERDEAD %d)\n", pthread_mutex_lock(&mutex), EOWNERDEAD);
  pthread_create(&threads[0], NULL, sleeper, NULL);
  sem_wait(&sem);
  pthread_kill(threads[0], SIGUSR1);
  while (!got) usleep(1000);
  printf("thread got %d\n", got);
  // The sleeper does not keep the process alive.
  exit(5);
}
