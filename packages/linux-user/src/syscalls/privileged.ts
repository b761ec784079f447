/**
 * Calls that change the machine, other worlds (namespaces) or the kernel itself: refused as without the right to them, whoever asks. And those
 * that Linux no longer has, or not on a machine like this one, which answers ENOSYS as well.
 */
import { fail } from "../errno.ts";
import { syscall, type SyscallRow } from "../syscall-table.ts";

const refused = `
  acct bpf delete_module fanotify_init finit_module init_module kexec_file_load kexec_load mount mount_setattr
  move_mount open_by_handle_at open_tree pivot_root quotactl quotactl_fd reboot setdomainname sethostname setns swapoff swapon syslog
  umount umount2 stime userfaultfd vhangup fsopen fspick
`;

/** Gone long ago; of other machines (PCI from user space, NUMA, protection keys); of kernels with another configuration. */
const absent = `
  _sysctl bdflush get_mempolicy lookup_dcookie mbind migrate_pages move_pages nfsservctl pciconfig_iobase pciconfig_read
  pciconfig_write pkey_alloc pkey_free pkey_mprotect restart_syscall set_mempolicy set_mempolicy_home_node sysfs uselib vserver
  fsconfig fsmount fanotify_mark perf_event_open memfd_secret break stty gtty ftime prof lock mpx ulimit profil idle vm86 vm86old create_module
  get_kernel_syms query_module getpmsg putpmsg afs_syscall tuxcall security epoll_ctl_old epoll_wait_old
`;

const rowsOf = (names: string, error: "EPERM" | "ENOSYS"): SyscallRow[] =>
  names
    .trim()
    .split(/\s+/)
    .map((name) => syscall(name, ["hex", "hex", "hex", "hex"], () => fail(error)));

export const privilegedRows: readonly SyscallRow[] = [...rowsOf(refused, "EPERM"), ...rowsOf(absent, "ENOSYS")];
