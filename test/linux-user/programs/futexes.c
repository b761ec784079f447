// Futexes: timeouts, requeueing, bits, robust mutexes, shared between processes.
#include "check.h"

static int word, other;
static int futex(int *at, int op, int value, void *time, int *at2, int value3) { return syscall(SYS_futex, at, op, value, time, at2, value3); }
static void *sleeper(void *bits) { return (void *)(long)syscall(SYS_futex, &word, FUTEX_WAIT_BITSET, 0, NULL, NULL, (int)(long)bits); }
static pthread_mutex_t *mutex;
static void *dies(void *x) {
  pthread_mutex_lock(mutex);
  return NULL;
}
int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  test("another value", futex(&word, FUTEX_WAIT, 1, NULL, NULL, 0));
  test("nobody", futex(&word, FUTEX_WAKE, 10, NULL, NULL, 0));
  struct timespec t = {0, 20000000};
  test("in time", futex(&word, FUTEX_WAIT, 0, &t, NULL, 0));
  t.tv_nsec = 2000000000;
  test("bad time", futex(&word, FUTEX_WAIT, 0, &t, NULL, 0));
  test("unaligned", futex((int *)((char *)&word + 1), FUTEX_WAKE, 1, NULL, NULL, 0));
  test("nowhere", futex((int *)8, FUTEX_WAIT, 0, NULL, NULL, 0));
  test("no bits", futex(&word, FUTEX_WAIT_BITSET, 0, NULL, NULL, 0));
  test("no operation", futex(&word, 99, 0, NULL, NULL, 0));
  pthread_t a[4];
  for (int i = 0; i < 4; i++) pthread_create(&a[i], NULL, sleeper, (void *)(1l << i));
  usleep(50000);
  test("wake bit 2", futex(&word, FUTEX_WAKE_BITSET, 10, NULL, NULL, 4));
  pthread_join(a[2], NULL);
  test("wake bit 2 again", futex(&word, FUTEX_WAKE_BITSET, 10, NULL, NULL, 4));
  test("requeue if it is 5", futex(&word, FUTEX_CMP_REQUEUE, 1, (void *)10, &other, 5));
  test("wake one, move two", futex(&word, FUTEX_CMP_REQUEUE, 1, (void *)10, &other, 0));
  test("none left", futex(&word, FUTEX_WAKE, 10, NULL, NULL, 0));
  test("moved", futex(&other, FUTEX_WAKE, 10, NULL, NULL, 0));
  for (int i = 0; i < 4; i++)
    if (i != 2) pthread_join(a[i], NULL);
  mutex = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  pthread_mutexattr_t attr;
  pthread_mutexattr_init(&attr);
  pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
  pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
  pthread_mutex_init(mutex, &attr);
  pthread_create(&a[0], NULL, dies, NULL);
  pthread_join(a[0], NULL);
  printf("its owner died %d", pthread_mutex_lock(mutex) == EOWNERDEAD);
  printf(" consistent %d", pthread_mutex_consistent(mutex));
  printf(" unlock %d\n", pthread_mutex_unlock(mutex));
  if (fork() == 0) {
    pthread_mutex_lock(mutex);
    _exit(0);
  }
  wait(NULL);
  printf("a process died %d", pthread_mutex_lock(mutex) == EOWNERDEAD);
  printf(" unlock %d", pthread_mutex_unlock(mutex));
  printf(" not recoverable %d\n", pthread_mutex_lock(mutex) == ENOTRECOVERABLE);
  int *shared = (int *)((char *)mutex + 2048);
  if (fork() == 0) {
    usleep(20000);
    *shared = 1;
    _exit(futex(shared, FUTEX_WAKE, 1, NULL, NULL, 0));
  }
  t.tv_sec = 10, t.tv_nsec = 0;
  test("woken by a process", futex(shared, FUTEX_WAIT, 0, &t, NULL, 0));
  int status;
  wait(&status);
  printf("it woke %d\n", WEXITSTATUS(status));
  return 0;
}
