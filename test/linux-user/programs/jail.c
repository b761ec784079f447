// Ways out of a directory: jail OUTSIDE [attempt]. OUTSIDE is the absolute name, on the host, of a directory beside the root, with a file
// "secret" and a socket. Run in a root of its own, every attempt must fail; without one, some succeed.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *out, *base;
static pid_t host;  // a process outside
static char path[4096], link_to[4096], work[64];

static int leaked(int fd) {
  char b[64] = {0};
  int n = fd < 0 ? -1 : read(fd, b, sizeof b - 1);
  if (fd >= 0) close(fd);
  return n > 0 && strstr(b, "TOP SECRET") != NULL;
}
static int reads(const char *name) { return leaked(open(name, O_RDONLY)); }
static const char *at(const char *format, ...) {
  __builtin_va_list l;
  __builtin_va_start(l, format);
  vsnprintf(path, sizeof path, format, l);
  return path;
}
static const char *ups(int n, const char *tail) {
  path[0] = 0;
  while (n--) strcat(path, "../");
  return strcat(path, tail);
}
static int through(const char *target, const char *rest) {
  unlink("l");
  symlink(target, "l");
  return reads(at("l%s", rest));
}

static int absolute(void) { return reads(at("%s/secret", out)); }
static int dots(void) { return reads(at("../out/secret")); }
static int many_dots(void) { return reads(ups(40, out + 1)) || reads(at("%s/secret", ups(40, out + 1))); }
static int dots_after_root(void) { return reads(at("/../../../..%s/secret", out)); }
static int host_absolute_link(void) { return reads("/link-absolute"); }
static int host_relative_link(void) { return reads("/link-relative"); }
static int host_directory_link(void) { return reads(at("/link-directory%s/secret", out)) || reads("/link-out/secret"); }
static int own_absolute_link(void) { return through(at("%s/secret", out), ""); }
static int own_relative_link(void) { return through("../../out/secret", "") || through("../../../../out/secret", ""); }
static int own_directory_link(void) { return through(out, "/secret") || through("/..", at("/out/secret")); }
static int link_chain(void) {
  symlink(out, "c1"), symlink("c1", "c2"), symlink("c2/secret", "c3");
  return reads("c3");
}
static int openat_dots(void) {
  int fd = open("/", O_RDONLY | O_DIRECTORY);
  return leaked(openat(fd, "../out/secret", O_RDONLY));
}
static int opath_dots(void) {
  int fd = open("/", O_PATH);
  return leaked(openat(fd, at("../..%s/secret", out), O_RDONLY));
}
static int fchdir_dots(void) {
  fchdir(open("/", O_RDONLY));
  for (int i = 0; i < 10; i++) chdir("..");
  return reads("out/secret") || reads(at("%s/secret", out + 1));
}
static int chroot_dots(void) {
  mkdir("sub", 0755);
  int fd = open("/", O_RDONLY);
  chroot("sub");
  fchdir(fd);
  for (int i = 0; i < 20; i++) chdir("..");
  return reads("out/secret") || reads(at("%s/secret", out + 1)) || reads("../out/secret");
}
// A directory that is open is renamed, and a link put in its place: names on the host now lead elsewhere.
static int swapped(const char *to) {
  mkdir("d", 0755);
  int fd = open("d", O_RDONLY | O_DIRECTORY);
  rename("d", "moved");
  symlink(to, "d");
  return fd;
}
static int swap_openat(void) { return leaked(openat(swapped(out), "secret", O_RDONLY)); }
static int swap_root(void) { return leaked(openat(swapped("/"), at("%s/secret", out + 1), O_RDONLY)); }
static int swap_cwd(void) {
  fchdir(swapped(out));
  return reads("secret");
}
static int swap_list(void) {
  DIR *d = fdopendir(swapped(out));
  int found = 0;
  for (struct dirent *e; (e = readdir(d)) != NULL;) found |= strcmp(e->d_name, "secret") == 0;
  return found;
}
static int swap_stat(void) {
  struct stat s;
  return fstatat(swapped(out), "secret", &s, 0) == 0;
}
static int swap_create(void) { return openat(swapped(out), "created", O_CREAT | O_WRONLY, 0644) >= 0 && access(at("%s/created", out), F_OK) == 0; }
static int swap_unlink(void) { return unlinkat(swapped(out), "victim", 0) == 0; }
static int swap_rename(void) {
  close(open("mine", O_CREAT | O_WRONLY, 0644));
  return renameat(AT_FDCWD, "mine", swapped(out), "renamed") == 0 && access("moved/renamed", F_OK) != 0;
}
static int swap_link(void) { return linkat(swapped(out), "secret", AT_FDCWD, "mine", 0) == 0 && reads("mine"); }
static int swap_above(void) {
  mkdir("e", 0755), mkdir("e/f", 0755);
  int fd = open("e/f", O_RDONLY);
  rename("e", "moved");
  symlink(base, "e");
  return leaked(openat(fd, "../out/secret", O_RDONLY)) || leaked(openat(fd, "secret", O_RDONLY));
}
static int swap_file(const char *to) {
  close(open("file", O_CREAT | O_WRONLY, 0600));
  int fd = open("file", O_PATH);
  rename("file", "moved");
  symlink(to, "file");
  return fd;
}
static int swap_reopen(void) {
  char name[64];
  sprintf(name, "/proc/self/fd/%d", swap_file(at("%s/secret", out)));
  return reads(name);
}
static int swap_chmod(void) {
  char name[64];
  sprintf(name, "/proc/self/fd/%d", swap_file(at("%s/secret", out)));
  return chmod(name, 0777) == 0 && 0;  // the test looks at the mode
}
static int swap_truncate(void) {
  char name[64];
  sprintf(name, "/proc/self/fd/%d", swap_file(at("%s/secret", out)));
  truncate(name, 0);
  return 0;  // the test looks at the file
}
static int dangling_create(void) {
  symlink(at("%s/through-link", out), "dangling");
  int fd = open("dangling", O_CREAT | O_WRONLY, 0644);
  return 0;  // the test looks at the directory
}
static int proc_root(void) { return reads(at("/proc/self/root/../..%s/secret", out)) || reads("/proc/self/root/../out/secret"); }
static int proc_cwd(void) { return reads("/proc/self/cwd/../../out/secret") || reads(at("/proc/self/cwd/../../..%s/secret", out)); }
static int proc_host(void) {
  return reads(at("/proc/1/root%s/secret", out)) || reads(at("/proc/%d/root%s/secret", host, out)) || reads(at("/proc/%d/cwd/../out/secret", host));
}
static int proc_fds(void) {
  for (int fd = 0; fd < 64; fd++)
    if (reads(at("/proc/self/fd/%d/../out/secret", fd)) || reads(at("/dev/fd/%d/secret", fd))) return 1;
  return 0;
}
static int hard_link(void) {
  symlink(at("%s/secret", out), "s");
  return (link(at("%s/secret", out), "h1") == 0 && reads("h1")) || (linkat(AT_FDCWD, "s", AT_FDCWD, "h2", AT_SYMLINK_FOLLOW) == 0 && reads("h2"));
}
static int rename_in(void) { return rename(at("%s/secret", out), "stolen") == 0 || rename("../../out/secret", "stolen") == 0; }
static int devices(void) {
  mknod("disk", S_IFBLK | 0600, makedev(8, 0));
  mknod("mem", S_IFCHR | 0600, makedev(1, 1));
  return open("disk", O_RDONLY) >= 0 || open("mem", O_RDONLY) >= 0 || open("/dev/mem", O_RDONLY) >= 0 || open("/dev/sda", O_RDONLY) >= 0;
}
static int mounts(void) {
  mkdir("m", 0755);
  return mount(out, "m", NULL, MS_BIND, NULL) == 0 || mount("proc", "m", "proc", 0, NULL) == 0 || reads("m/secret");
}
static int handles(void) {
  struct {
    struct file_handle h;
    char bytes[128];
  } h = {.h.handle_bytes = 8, .h.handle_type = 1};
  *(int *)h.h.f_handle = 2;
  int fd = open_by_handle_at(open("/", O_RDONLY), &h.h, O_RDONLY);
  return fd >= 0;
}
static int executes(void) {
  FILE *f = fopen("script", "w");
  fprintf(f, "#!%s/tool\n", out);
  fclose(f);
  chmod("script", 0755);
  if (fork() == 0) {
    execl("script", "script", NULL);
    execl(at("%s/tool", out), "tool", NULL);
    execl("/bin/sh", "sh", "-c", "exit 42", NULL);
    _exit(0);
  }
  int status;
  wait(&status);
  return status != 0;
}
static int sockets(void) {
  struct sockaddr_un a = {.sun_family = AF_UNIX};
  int s = socket(AF_UNIX, SOCK_STREAM, 0);
  snprintf(a.sun_path, sizeof a.sun_path, "%s/socket", out);
  if (connect(s, (void *)&a, sizeof a) == 0) return 1;
  symlink(at("%s/socket", out), "s");
  strcpy(a.sun_path, "s");
  return connect(s, (void *)&a, sizeof a) == 0;
}
static int traces(void) {
  char b[8];
  struct iovec mine = {b, 8}, theirs = {(void *)0x10000, 8};
  return ptrace(PTRACE_ATTACH, host, NULL, NULL) == 0 || process_vm_readv(host, &mine, 1, &theirs, 1, 0) > 0 || kill(host, 0) == 0;
}
// Two processes: one swaps a directory and a link all the time, the other goes through it.
static int race(void) {
  mkdir("r", 0755);
  close(open("r/secret", O_CREAT | O_WRONLY, 0644));
  symlink(out, "q");
  pid_t pid = fork();
  if (pid == 0)
    for (;; usleep(1)) rename("r", "t"), rename("q", "r"), rename("r", "q"), rename("t", "r");
  int found = 0;
  for (int i = 0; i < 200 && !found; i++) found = reads("r/secret") || reads("r/../r/secret");
  kill(pid, SIGKILL);
  wait(NULL);
  return found;
}

static const struct {
  const char *name;
  int (*run)(void);
} attempts[] = {
#define A(n) {#n, n}
    A(absolute), A(dots), A(many_dots), A(dots_after_root), A(host_absolute_link), A(host_relative_link), A(host_directory_link),
    A(own_absolute_link), A(own_relative_link), A(own_directory_link), A(link_chain), A(openat_dots), A(opath_dots), A(fchdir_dots),
    A(chroot_dots), A(swap_openat), A(swap_root), A(swap_cwd), A(swap_list), A(swap_stat), A(swap_create), A(swap_unlink), A(swap_rename),
    A(swap_link), A(swap_above), A(swap_reopen), A(swap_chmod), A(swap_truncate), A(dangling_create), A(proc_root), A(proc_cwd),
    A(proc_host), A(proc_fds), A(hard_link), A(rename_in), A(devices), A(mounts), A(handles), A(executes), A(sockets), A(traces), A(race)};

int main(int argc, char **argv) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  argc--, argv++;
  host = getppid();
  out = argv[1];
  base = strdup(out);
  *strrchr((char *)base, '/') = 0;
  int home = open(".", O_RDONLY);
  for (unsigned i = 0; i < sizeof attempts / sizeof *attempts; i++) {
    if (argc > 2 && strcmp(argv[2], attempts[i].name)) continue;
    // Each in a directory and a process of its own: what one changes does not matter to the next.
    fchdir(home);
    sprintf(work, "attempt-%u", i);
    mkdir(work, 0755);
    pid_t pid = fork();
    if (pid == 0) {
      chdir(work);
      _exit(attempts[i].run() ? 1 : 0);
    }
    int status;
    waitpid(pid, &status, 0);
    printf("%s %s\n", attempts[i].name, status == 0 ? "contained" : status == 0x100 ? "ESCAPED" : "crashed");
  }
  return 0;
}
