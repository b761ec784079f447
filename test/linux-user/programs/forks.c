// fork, wait, exit codes, copy on write, pipes between processes, exec of itself.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static int counter = 5;

int main(int argc, char **argv) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (argc > 2 && !strcmp(argv[2], "again")) {
    printf("exec'd with %d arguments, last %s, env %s\n", argc, argv[argc - 1], getenv("MARK"));
    return 9;
  }
  int fds[2];
  pipe(fds);
  int *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  for (int i = 0; i < 3; i++) {
    pid_t pid = fork();
    if (pid == 0) {
      counter += i;
      shared[i] = counter;
      char line[32];
      int n = sprintf(line, "child %d counter %d\n", i, counter);
      write(fds[1], line, n);
      _exit(10 + i);
    }
    int status;
    pid_t got = waitpid(pid, &status, 0);
    printf("waited %d exited %d code %d\n", got == pid, WIFEXITED(status), WEXITSTATUS(status));
  }
  close(fds[1]);
  char text[256];
  int total = 0, n;
  while ((n = read(fds[0], text + total, sizeof text - total)) > 0) total += n;
  printf("%.*scounter %d shared %d %d %d\n", total, text, counter, shared[0], shared[1], shared[2]);
  printf("no child: %d errno %d\n", (int)wait(NULL), errno);
  if (vfork() == 0) {
    char *const args[] = {argv[0], argv[1], "again", "last", NULL};
    char *const env[] = {"MARK=here", NULL};
    execve("/proc/self/exe", args, env);
    _exit(99);
  }
  int status;
  wait(&status);
  printf("exec'd child: %d\n", WEXITSTATUS(status));
  pid_t pid = fork();
  if (pid == 0) abort();
  waitpid(pid, &status, 0);
  printf("signaled %d by %d\n", WIFSIGNALED(status), WTERMSIG(status));
  char *const bad[] = {"x", NULL};
  printf("bad exec %d", execve("/nonexistent/file", bad, NULL));
  printf(" errno %d\n", errno);
  return 0;
}
