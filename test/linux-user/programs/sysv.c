// System V IPC: shared memory, semaphores, message queues.
#include "check.h"
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

static void nothing(int signal) {}

static void shared_memory(key_t key) {
  test("no such segment", shmget(key, 100, 0));
  int id = shmget(key, 5000, IPC_CREAT | 0600);
  printf("made %d\n", id >= 0);
  printf("found %d\n", shmget(key, 0, 0) == id);
  test("exclusive", shmget(key, 5000, IPC_CREAT | IPC_EXCL | 0600));
  test("too large", shmget(key, 50000, 0));
  test("of no size", shmget(IPC_PRIVATE, 0, IPC_CREAT | 0600));
  char *a = shmat(id, NULL, 0), *b = shmat(id, NULL, SHM_RDONLY);
  printf("attached %d %d, zero %d\n", a != (void *)-1, b != (void *)-1 && b != a, a[0] == 0 && a[4999] == 0);
  strcpy(a, "through memory");
  printf("seen %s\n", b);
  if (fork() == 0) {
    strcpy(a + 4096, "from the child");
    _exit(0);
  }
  wait(NULL);
  printf("seen %s\n", b + 4096);
  printf("after the end of it %d\n", b[8191]);
  struct shmid_ds ds;
  printf("stat %d", shmctl(id, IPC_STAT, &ds));
  printf(" size %d attached %d mode %o creator %d last %d times %d\n", (int)ds.shm_segsz, (int)ds.shm_nattch, ds.shm_perm.mode, ds.shm_cpid == getpid(),
         ds.shm_lpid != 0, ds.shm_atime > 1500000000 && ds.shm_ctime > 1500000000);
  test("mprotect a read-only one", mprotect(b, 4096, PROT_READ | PROT_WRITE));
  test("detach", shmdt(b));
  test("again", shmdt(b));
  test("not at the start", shmdt(a + 4096));
  test("at an odd address", (long)shmat(id, (void *)0x20000123, 0));
  char *c = shmat(id, (void *)0x20000123, SHM_RND);
  printf("rounded %d\n", c == (void *)0x20000000);
  test("taken", (long)shmat(id, (void *)0x20000000, 0));
  printf("over it %d\n", shmat(id, (void *)0x20000000, SHM_REMAP) == c);
  printf("seen %s\n", c);
  ds.shm_perm.mode = 0640;
  test("set", shmctl(id, IPC_SET, &ds));
  shmctl(id, IPC_STAT, &ds);
  printf("mode %o\n", ds.shm_perm.mode);
  test("remove", shmctl(id, IPC_RMID, NULL));
  printf("still there %s\n", a);
  printf("stat %d", shmctl(id, IPC_STAT, &ds));
  printf(" mode %o key %x\n", ds.shm_perm.mode, ds.shm_perm.__key);
  test("by key", shmget(key, 0, 0));
  test("detach", shmdt(c));
  test("the last", shmdt(a));
  test("gone", shmctl(id, IPC_STAT, &ds));
  test("attach one that is gone", (long)shmat(id, NULL, 0));
  test("no command", shmctl(id, 999, NULL));
}

static int semop1(int id, int n, int op, int flags) {
  struct sembuf b = {n, op, flags};
  return semop(id, &b, 1);
}
static void semaphores(key_t key) {
  union {
    int val;
    struct semid_ds *buf;
    unsigned short *array;
  } arg;
  test("no such set", semget(key, 1, 0));
  int id = semget(key, 3, IPC_CREAT | 0600);
  printf("made %d\n", id >= 0);
  test("more than there are", semget(key, 4, 0));
  test("none", semget(IPC_PRIVATE, 0, 0600));
  unsigned short values[3] = {1, 2, 3};
  arg.array = values;
  test("setall", semctl(id, 0, SETALL, arg));
  test("getval", semctl(id, 2, GETVAL, arg));
  arg.val = 7;
  test("setval", semctl(id, 1, SETVAL, arg));
  arg.val = 40000;
  test("too much", semctl(id, 1, SETVAL, arg));
  arg.array = values;
  semctl(id, 0, GETALL, arg);
  printf("all %d %d %d\n", values[0], values[1], values[2]);
  struct sembuf both[2] = {{0, -1, 0}, {1, -8, IPC_NOWAIT}};
  test("all or none", semop(id, both, 2));
  test("unchanged", semctl(id, 0, GETVAL, arg));
  both[1].sem_op = -7;
  test("both", semop(id, both, 2));
  printf("now %d %d, last %d\n", semctl(id, 0, GETVAL, arg), semctl(id, 1, GETVAL, arg), semctl(id, 0, GETPID, arg) == getpid());
  test("zero", semop1(id, 0, 0, 0));
  test("not zero", semop1(id, 2, 0, IPC_NOWAIT));
  test("no such semaphore", semop1(id, 3, 1, 0));
  test("too much", semop1(id, 2, 32767, 0));
  test("no operations", semop(id, both, 0));
  // A child waits; the parent sees it and lets it go.
  pid_t pid = fork();
  if (pid == 0) {
    int r = semop1(id, 0, -2, 0);
    printf("child went on %d\n", r);
    _exit(semop1(id, 2, -1, SEM_UNDO));
  }
  while (semctl(id, 0, GETNCNT, arg) == 0) usleep(1000);
  printf("waiting %d, for zero %d\n", semctl(id, 0, GETNCNT, arg), semctl(id, 0, GETZCNT, arg));
  semop1(id, 0, 1, 0);
  usleep(20000);
  printf("still waiting %d\n", semctl(id, 0, GETNCNT, arg));
  semop1(id, 0, 1, 0);
  wait(NULL);
  printf("taken back %d, by %d\n", semctl(id, 2, GETVAL, arg), semctl(id, 2, GETPID, arg) == pid);
  struct timespec t = {0, 20000000};
  struct sembuf take = {0, -1, 0};
  test("in time", semtimedop(id, &take, 1, &t));
  signal(SIGALRM, nothing);
  ualarm(30000, 30000);
  test("interrupted", semop(id, &take, 1));
  ualarm(0, 0);
  struct semid_ds ds;
  arg.buf = &ds;
  printf("stat %d", semctl(id, 0, IPC_STAT, arg));
  printf(" count %d mode %o times %d\n", (int)ds.sem_nsems, ds.sem_perm.mode, ds.sem_otime > 1500000000 && ds.sem_ctime > 1500000000);
  if (fork() == 0) {
    int r = semop1(id, 0, -1, 0);
    printf("removed under it %d errno %d\n", r, errno);
    _exit(0);
  }
  while (semctl(id, 0, GETNCNT, arg) == 0) usleep(1000);
  test("remove", semctl(id, 0, IPC_RMID, arg));
  wait(NULL);
  test("gone", semop1(id, 0, 1, 0));
}

struct message {
  long type;
  char text[8200];
};
static int send_text(int id, long type, const char *text, int flags) {
  struct message m = {type};
  strcpy(m.text, text);
  return msgsnd(id, &m, strlen(text), flags);
}
static void receive(const char *what, int id, long type, int size, int flags) {
  struct message m;
  memset(&m, 0, sizeof m);
  int n = msgrcv(id, &m, size, type, flags);
  if (n < 0) printf("%s: errno %d\n", what, errno);
  else printf("%s: %d bytes, type %ld, %s\n", what, n, m.type, m.text);
}
static void messages(key_t key) {
  test("no such queue", msgget(key, 0));
  int id = msgget(key, IPC_CREAT | 0600);
  printf("made %d\n", id >= 0);
  test("send", send_text(id, 3, "three", 0));
  send_text(id, 1, "one", 0);
  send_text(id, 2, "two", 0);
  send_text(id, 3, "drei", 0);
  send_text(id, 5, "five", 0);
  test("type 0", send_text(id, 0, "", 0));
  test("negative", send_text(id, -1, "", 0));
  struct msqid_ds ds;
  printf("stat %d", msgctl(id, IPC_STAT, &ds));
  printf(" messages %d bytes %d most %d sender %d receiver %d\n", (int)ds.msg_qnum, (int)ds.__msg_cbytes, (int)ds.msg_qbytes, ds.msg_lspid == getpid(), ds.msg_lrpid);
  receive("of type 2", id, 2, 100, 0);
  receive("the lowest up to 4", id, -4, 100, 0);
  receive("no room", id, 0, 3, 0);
  receive("cut", id, 0, 3, MSG_NOERROR);
  receive("not of type 3", id, 3, 100, MSG_EXCEPT);
  receive("of type 9", id, 9, 100, IPC_NOWAIT);
  receive("any", id, 0, 100, IPC_NOWAIT);
  receive("none left", id, 0, 100, IPC_NOWAIT);
  static struct message large = {1};
  test("too long", msgsnd(id, &large, 8193, 0));
  test("longest", msgsnd(id, &large, 8192, 0));
  test("longest", msgsnd(id, &large, 8192, 0));
  test("full", msgsnd(id, &large, 1, IPC_NOWAIT));
  if (fork() == 0) {
    usleep(20000);
    msgrcv(id, &large, 8192, 0, 0);
    _exit(0);
  }
  test("waits for room", msgsnd(id, &large, 1, 0));
  wait(NULL);
  ds.msg_qbytes = 100;
  ds.msg_perm.mode = 0600;
  ds.msg_perm.uid = getuid();
  ds.msg_perm.gid = getgid();
  test("set", msgctl(id, IPC_SET, &ds));
  receive("one", id, 0, 1, MSG_NOERROR);
  receive("two", id, 0, 1, MSG_NOERROR);
  if (fork() == 0) {
    usleep(20000);
    send_text(id, 4, "late", 0);
    usleep(20000);
    msgctl(id, IPC_RMID, NULL);
    _exit(0);
  }
  receive("a wait", id, 4, 100, 0);
  receive("removed", id, 4, 100, 0);
  wait(NULL);
  test("gone", send_text(id, 1, "", 0));
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  key_t key = 0x7e000000 | getpid();
  shared_memory(key);
  semaphores(key);
  messages(key);
  // Permissions: as somebody else.
  int id = shmget(key, 100, IPC_CREAT | 0600), set = semget(key, 1, IPC_CREAT | 0444);
  if (fork() == 0) {
    if (geteuid() == 0) {
      setresgid(65534, 65534, 65534);
      setresuid(65534, 65534, 65534);
      test("of somebody else", (long)shmat(id, NULL, 0));
      test("find it", shmget(key, 0, 0) == id);
      test("find it to write", shmget(key, 0, 0600));
      test("remove it", shmctl(id, IPC_RMID, NULL));
      test("read a value", semctl(set, 0, GETVAL));
      test("change it", semop1(set, 0, 1, 0));
    } else puts("of somebody else: errno 13\nfind it: 1\nfind it to write: errno 13\nremove it: errno 1\nread a value: 0\nchange it: errno 13");
    _exit(0);
  }
  wait(NULL);
  shmctl(id, IPC_RMID, NULL);
  semctl(set, 0, IPC_RMID);
  return 0;
}
