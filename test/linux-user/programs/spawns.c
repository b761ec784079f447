// vfork, posix_spawn, exec in its forms, scripts, what is kept and what is not.
#include "check.h"

static int status_of(pid_t pid) {
  int status;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}
int main(int argc, char **argv) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (argc > 2 && !strcmp(argv[2], "inner")) {
    struct sigaction usr1, usr2;
    sigset_t set;
    sigaction(SIGUSR1, NULL, &usr1), sigaction(SIGUSR2, NULL, &usr2);
    sigprocmask(SIG_BLOCK, NULL, &set);
    char name[17] = {0};
    prctl(PR_GET_NAME, name);
    printf("inner: %d arguments, last %s; handler gone %d ignored stays %d blocked stays %d; open %d %d; nice %d; named %d\n", argc, argv[argc - 1], usr1.sa_handler == SIG_DFL,
           usr2.sa_handler == SIG_IGN, sigismember(&set, SIGTERM), fcntl(20, F_GETFD) >= 0, fcntl(21, F_GETFD) >= 0, getpriority(PRIO_PROCESS, 0), strlen(name) > 0);
    return 42;
  }
  if (argc > 3 && !strcmp(argv[3], "given")) {
    printf("script: %d arguments, %s, %.12s\n", argc, argv[1], argv[2]);
    return 43;
  }
  volatile int shared = 1;
  pid_t pid = vfork();
  if (pid == 0) {
    shared = 2;
    _exit(7);
  }
  printf("vfork shares %d status %d\n", shared, status_of(pid));
  signal(SIGUSR1, (void (*)(int))test);
  signal(SIGUSR2, SIG_IGN);
  sigset_t set, none;
  sigemptyset(&set), sigemptyset(&none), sigaddset(&set, SIGTERM);
  sigprocmask(SIG_BLOCK, &set, NULL);
  dup2(1, 20), dup3(1, 21, O_CLOEXEC);
  fflush(stdout);
  char *args[] = {argv[0], "spawns", "inner", "a b", NULL}, *env[] = {"A=b", NULL};
  if ((pid = fork()) == 0) {
    execve("/proc/self/exe", args, env);
    _exit(1);
  }
  printf("execve %d\n", status_of(pid));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addclose(&actions, 20);
  posix_spawnattr_t attr;
  posix_spawnattr_init(&attr);
  posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
  posix_spawnattr_setsigmask(&attr, &none);
  int r = posix_spawn(&pid, "/proc/self/exe", &actions, &attr, args, env);
  printf("posix_spawn %d %d\n", r, status_of(pid));
  r = posix_spawn(&pid, "/nowhere", NULL, NULL, args, env);
  printf("of nothing %d\n", r);
  int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  if ((pid = fork()) == 0) {
    fexecve(fd, args, env);
    _exit(1);
  }
  printf("fexecve %d\n", status_of(pid));
  char script[] = "/tmp/tsemu-script-XXXXXX";
  int s = mkstemp(script);
  char self[200] = {0};
  readlink("/proc/self/exe", self, 199);
  dprintf(s, "#!%s spawns  \nrest\n", self);
  fchmod(s, 0700);
  close(s);
  if ((pid = fork()) == 0) {
    execl(script, "x", "given", NULL);
    _exit(1);
  }
  printf("script %d\n", status_of(pid));
  test("no interpreter", (s = open(script, O_WRONLY | O_TRUNC), write(s, "#!/nowhere\n", 11), close(s), execl(script, "x", NULL)));
  test("not a program", (s = open(script, O_WRONLY | O_TRUNC), write(s, "text\n", 5), close(s), execl(script, "x", NULL)));
  chmod(script, 0600);
  test("no right", execl(script, "x", NULL));
  test("a directory", execl("/tmp", "x", NULL));
  test("nothing", execl("/nowhere", "x", NULL));
  test("empty", execl("", "x", NULL));
  unlink(script);
  return 0;
}
