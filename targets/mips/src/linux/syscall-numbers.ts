/**
 * Numbers of Linux's system calls for o32, n32 and n64, after the number that each table begins at. The names are those of linux-user's
 * rows, which say more than Linux's own where these mean different things on different architectures: IDs have 32 bits here, pipe returns
 * two registers.
 */

/** A number, then the names of it and of those that follow it. */
const o32 = `
  0 syscall exit fork read write open close waitpid creat link unlink execve chdir time mknod chmod lchown break unused18 lseek getpid
  mount umount setuid32 getuid32 stime ptrace alarm unused28 pause utime stty gtty access nice ftime sync kill rename mkdir rmdir dup
  pipe_in_registers times prof brk setgid32 getgid32 signal geteuid32 getegid32 acct umount2 lock ioctl fcntl mpx setpgid ulimit
  unused59 umask chroot ustat dup2 getppid getpgrp setsid sigaction sgetmask ssetmask setreuid32 setregid32 sigsuspend sigpending
  sethostname setrlimit getrlimit getrusage gettimeofday settimeofday getgroups32 setgroups32 reserved82 symlink unused84 readlink
  uselib swapon reboot readdir mmap munmap truncate ftruncate fchmod fchown getpriority setpriority profil statfs fstatfs ioperm
  socketcall syslog setitimer getitimer stat lstat fstat unused109 iopl vhangup idle vm86 wait4 swapoff sysinfo ipc fsync sigreturn
  clone setdomainname uname modify_ldt adjtimex mprotect sigprocmask create_module init_module delete_module get_kernel_syms quotactl
  getpgid fchdir bdflush sysfs personality afs_syscall setfsuid32 setfsgid32 _llseek getdents _newselect flock msync readv writev
  cacheflush cachectl sysmips unused150 getsid fdatasync _sysctl mlock munlock mlockall munlockall sched_setparam sched_getparam
  sched_setscheduler sched_getscheduler sched_yield sched_get_priority_max sched_get_priority_min sched_rr_get_interval nanosleep mremap
  accept bind connect getpeername getsockname getsockopt listen recv recvfrom recvmsg send sendmsg sendto setsockopt shutdown socket
  socketpair setresuid32 getresuid32 query_module poll nfsservctl setresgid32 getresgid32 prctl rt_sigreturn rt_sigaction rt_sigprocmask
  rt_sigpending rt_sigtimedwait rt_sigqueueinfo rt_sigsuspend pread64 pwrite64 chown getcwd capget capset sigaltstack sendfile getpmsg
  putpmsg mmap2 truncate64 ftruncate64 stat64 lstat64 fstat64 pivot_root mincore madvise getdents64 fcntl64 reserved221 gettid readahead
  setxattr lsetxattr fsetxattr getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr removexattr lremovexattr fremovexattr tkill
  sendfile64 futex sched_setaffinity sched_getaffinity io_setup io_destroy io_getevents io_submit io_cancel exit_group lookup_dcookie
  epoll_create epoll_ctl epoll_wait remap_file_pages set_tid_address restart_syscall fadvise64_64 statfs64 fstatfs64 timer_create
  timer_settime timer_gettime timer_getoverrun timer_delete clock_settime clock_gettime clock_getres clock_nanosleep tgkill utimes mbind
  get_mempolicy set_mempolicy mq_open mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr vserver waitid 280 add_key
  request_key keyctl set_thread_area inotify_init inotify_add_watch inotify_rm_watch migrate_pages openat mkdirat mknodat fchownat
  futimesat fstatat64 unlinkat renameat linkat symlinkat readlinkat fchmodat faccessat pselect6 ppoll unshare splice sync_file_range tee
  vmsplice move_pages set_robust_list get_robust_list kexec_load getcpu epoll_pwait ioprio_set ioprio_get utimensat signalfd timerfd
  eventfd fallocate timerfd_create timerfd_gettime timerfd_settime signalfd4 eventfd2 epoll_create1 dup3 pipe2 inotify_init1 preadv
  pwritev rt_tgsigqueueinfo perf_event_open accept4 recvmmsg fanotify_init fanotify_mark prlimit64 name_to_handle_at open_by_handle_at
  clock_adjtime syncfs sendmmsg setns process_vm_readv process_vm_writev kcmp finit_module sched_setattr sched_getattr renameat2 seccomp
  getrandom memfd_create bpf execveat userfaultfd membarrier mlock2 copy_file_range preadv2 pwritev2 pkey_mprotect pkey_alloc pkey_free
  statx rseq io_pgetevents 393 semget semctl shmget shmctl shmat shmdt msgget msgsnd msgrcv msgctl clock_gettime64 clock_settime64
  clock_adjtime64 clock_getres_time64 clock_nanosleep_time64 timer_gettime64 timer_settime64 timerfd_gettime64 timerfd_settime64
  utimensat_time64 pselect6_time64 ppoll_time64 416 io_pgetevents_time64 recvmmsg_time64 mq_timedsend_time64 mq_timedreceive_time64
  semtimedop_time64 rt_sigtimedwait_time64 futex_time64 sched_rr_get_interval_time64 pidfd_send_signal io_uring_setup io_uring_enter
  io_uring_register open_tree move_mount fsopen fsconfig fsmount fspick pidfd_open clone3 close_range openat2 pidfd_getfd faccessat2
  process_madvise epoll_pwait2 mount_setattr quotactl_fd landlock_create_ruleset landlock_add_rule landlock_restrict_self 448
  process_mrelease futex_waitv set_mempolicy_home_node
`;

/** A number, then the names of it and of those that follow it. */
const n64 = `
  0 read write open close stat fstat lstat poll lseek mmap mprotect munmap brk rt_sigaction rt_sigprocmask ioctl pread64 pwrite64 readv
  writev access pipe_in_registers _newselect sched_yield mremap msync mincore madvise shmget shmat shmctl dup dup2 pause nanosleep
  getitimer setitimer alarm getpid sendfile socket connect accept sendto recvfrom sendmsg recvmsg shutdown bind listen getsockname
  getpeername socketpair setsockopt getsockopt clone fork execve exit wait4 kill uname semget semop semctl shmdt msgget msgsnd msgrcv
  msgctl fcntl flock fsync fdatasync truncate ftruncate getdents getcwd chdir fchdir rename mkdir rmdir creat link unlink symlink
  readlink chmod fchmod chown fchown lchown umask gettimeofday getrlimit getrusage sysinfo times ptrace getuid32 syslog getgid32
  setuid32 setgid32 geteuid32 getegid32 setpgid getppid getpgrp setsid setreuid32 setregid32 getgroups32 setgroups32 setresuid32
  getresuid32 setresgid32 getresgid32 getpgid setfsuid32 setfsgid32 getsid capget capset rt_sigpending rt_sigtimedwait rt_sigqueueinfo
  rt_sigsuspend sigaltstack utime mknod personality ustat statfs fstatfs sysfs getpriority setpriority sched_setparam sched_getparam
  sched_setscheduler sched_getscheduler sched_get_priority_max sched_get_priority_min sched_rr_get_interval mlock munlock mlockall
  munlockall vhangup pivot_root _sysctl prctl adjtimex setrlimit chroot sync acct settimeofday mount umount2 swapon swapoff reboot
  sethostname setdomainname create_module init_module delete_module get_kernel_syms query_module quotactl nfsservctl getpmsg putpmsg
  afs_syscall reserved177 gettid readahead setxattr lsetxattr fsetxattr getxattr lgetxattr fgetxattr listxattr llistxattr flistxattr
  removexattr lremovexattr fremovexattr tkill reserved193 futex sched_setaffinity sched_getaffinity cacheflush cachectl sysmips io_setup
  io_destroy io_getevents io_submit io_cancel exit_group lookup_dcookie epoll_create epoll_ctl epoll_wait remap_file_pages rt_sigreturn
  set_tid_address restart_syscall semtimedop fadvise64_64 timer_create timer_settime timer_gettime timer_getoverrun timer_delete
  clock_settime clock_gettime clock_getres clock_nanosleep tgkill utimes mbind get_mempolicy set_mempolicy mq_open mq_unlink
  mq_timedsend mq_timedreceive mq_notify mq_getsetattr vserver waitid 239 add_key request_key keyctl set_thread_area inotify_init
  inotify_add_watch inotify_rm_watch migrate_pages openat mkdirat mknodat fchownat futimesat newfstatat unlinkat renameat linkat
  symlinkat readlinkat fchmodat faccessat pselect6 ppoll unshare splice sync_file_range tee vmsplice move_pages set_robust_list
  get_robust_list kexec_load getcpu epoll_pwait ioprio_set ioprio_get utimensat signalfd timerfd eventfd fallocate timerfd_create
  timerfd_gettime timerfd_settime signalfd4 eventfd2 epoll_create1 dup3 pipe2 inotify_init1 preadv pwritev rt_tgsigqueueinfo
  perf_event_open accept4 recvmmsg fanotify_init fanotify_mark prlimit64 name_to_handle_at open_by_handle_at clock_adjtime syncfs
  sendmmsg setns process_vm_readv process_vm_writev kcmp finit_module getdents64 sched_setattr sched_getattr renameat2 seccomp getrandom
  memfd_create bpf execveat userfaultfd membarrier mlock2 copy_file_range preadv2 pwritev2 pkey_mprotect pkey_alloc pkey_free statx rseq
  io_pgetevents 424 pidfd_send_signal io_uring_setup io_uring_enter io_uring_register open_tree move_mount fsopen fsconfig fsmount
  fspick pidfd_open clone3 close_range openat2 pidfd_getfd faccessat2 process_madvise epoll_pwait2 mount_setattr quotactl_fd
  landlock_create_ruleset landlock_add_rule landlock_restrict_self 448 process_mrelease futex_waitv set_mempolicy_home_node
`;

const named = (first: number, table: string): ReadonlyMap<number, string> => {
  const names = new Map<number, string>();
  let number = 0;
  for (const word of table.trim().split(/\s+/)) {
    if (/^[0-9]+$/.test(word)) number = Number(word);
    else names.set(first + number++, word);
  }
  return names;
};

/**
 * n32 has n64's calls and in between those that words of 32 bits make necessary: from there on the numbers are others. The calls with
 * 64-bit times are where o32 has them.
 */
const n32 = (): ReadonlyMap<number, string> => {
  const [base, from64, from32] = [6000, named(0, n64), named(0, o32)];
  const names = new Map<number, string>();
  const copy = (table: ReadonlyMap<number, string>, first: number, last: number, to: number): void => {
    for (let n = first; n <= last; n++) if (table.has(n)) names.set(base + to + n - first, table.get(n)!);
  };
  copy(from64, 0, 211, 0);
  names.set(base + 212, "fcntl64");
  copy(from64, 212, 215, 213);
  ["statfs64", "fstatfs64", "sendfile64"].forEach((name, i) => names.set(base + 217 + i, name));
  copy(from64, 216, 294, 220);
  names.set(base + 299, "getdents64");
  copy(from64, 295, 307, 300);
  copy(from64, 309, 402, 313);
  copy(from32, 403, 423, 403);
  copy(from64, 424, 450, 424);
  return names;
};

/** Read when a program of that ABI runs. */
export const syscallNames = { o32: () => named(4000, o32), n32, n64: () => named(5000, n64) } as const;
