#!/bin/bash
# record.sh SYSROOT [NAME...]: writes expected/NAME.out, what the scripts print in qemu-arm. SYSROOT is the folder that
# packages/guests/src/debian-sysroot.ts made. Needs unprivileged user namespaces with a binfmt_misc of their own (Linux 6.7), and in
# QEMU_ARM a static qemu-arm (Debian's qemu-user-static has it as /usr/bin/qemu-arm-static). Nothing outside of SYSROOT/tmp is changed.
set -e
sysroot=$(realpath "$1"); shift
here=$(realpath "$(dirname "$0")")
names=${*:-$(cd "$here" && ls ./*.sh | sed 's,^\./,,; s,\.sh$,,' | grep -v '^record$')}
folder=$(mktemp -d "$sysroot/tmp/run-XXXXXX")
trap 'rm -rf "$folder"' EXIT
mkdir -p "$here/expected"
export sysroot QEMU_ARM=${QEMU_ARM:-/usr/bin/qemu-arm-static}
for name in $names; do
  cp "$here/$name.sh" "$folder"
  setsid --wait unshare --user --map-root-user --mount --pid --fork --kill-child bash -ec '
    mount -t binfmt_misc none /proc/sys/fs/binfmt_misc
    magic="\\x7fELF\\x01\\x01\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x02\\x00\\x28\\x00"
    mask="\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\x00\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xfe\\xff\\xff\\xff"
    echo ":arm:M::$magic:$mask:$QEMU_ARM:FP" > /proc/sys/fs/binfmt_misc/register
    mount -t proc proc "$sysroot/proc"
    mount --rbind /dev "$sysroot/dev"
    exec chroot "$sysroot" /usr/bin/env -i PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin HOME=/root LC_ALL=C.UTF-8 TERM=dumb \
      /bin/sh -c "cd \$0 && exec \"\$@\" 2>&1" "/tmp/$0" bash -c "mkdir $1 && cd $1 && exec bash ../$1.sh"
  ' "$(basename "$folder")" "$name" < /dev/null | cat > "$here/expected/$name.out"
  echo "$name: $(wc -l < "$here/expected/$name.out") lines"
done
