#!/bin/bash
# record.sh ARCHITECTURE SYSROOT [NAME...]: writes expected/NAME.out, what the scripts print in QEMU's user mode (amd64: on the host's own CPU,
# a PC's); for another architecture than armhf expected/ARCHITECTURE/NAME.out, where that is different. SYSROOT is the folder that
# packages/guests/src/debian-sysroot.ts made.
# Needs unprivileged user namespaces with a binfmt_misc of their own (Linux 6.7), and in QEMU the path of a static emulator (Debian's
# qemu-user-static has them as /usr/bin/qemu-arm-static and so on). Nothing outside of SYSROOT/tmp is changed.
set -e
architecture=$1; sysroot=$(realpath "$2"); shift 2
here=$(realpath "$(dirname "$0")")
names=${*:-$(cd "$here" && ls ./*.sh | sed 's,^\./,,; s,\.sh$,,' | grep -v '^record$')}
# The class of ELF file, the machine's number.
case $architecture in
  armhf) class=01 machine=28 emulator=arm out=$here/expected ;;
  mipsel) class=01 machine=08 emulator=mipsel out=$here/expected/mipsel ;;
  mips64el) class=02 machine=08 emulator=mips64el out=$here/expected/mips64el ;;
  i386) class=01 machine=03 emulator=i386 out=$here/expected/i386 ;;
  amd64) class= machine= emulator= out=$here/expected/amd64 ;;
  *) echo "no such architecture: $architecture" >&2; exit 1 ;;
esac
folder=$(mktemp -d "$sysroot/tmp/run-XXXXXX")
trap 'rm -rf "$folder"' EXIT
mkdir -p "$out"
export sysroot class machine QEMU=${QEMU:-/usr/bin/qemu-$emulator-static}
for name in $names; do
  cp "$here/$name.sh" "$folder"
  setsid --wait unshare --user --map-root-user --mount --pid --fork --kill-child bash -ec '
    if [ -n "$class" ]; then
      mount -t binfmt_misc none /proc/sys/fs/binfmt_misc
      magic="\\x7fELF\\x$class\\x01\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x02\\x00\\x$machine\\x00"
      mask="\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\x00\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xfe\\xff\\xff\\xff"
      echo ":guest:M::$magic:$mask:$QEMU:FP" > /proc/sys/fs/binfmt_misc/register
    fi
    mount -t proc proc "$sysroot/proc"
    mount --rbind /dev "$sysroot/dev"
    exec chroot "$sysroot" /usr/bin/env -i PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin HOME=/root LC_ALL=C.UTF-8 TERM=dumb \
      /bin/sh -c "cd \$0 && exec \"\$@\" 2>&1" "/tmp/$0" bash -c "mkdir $1 && cd $1 && exec bash ../$1.sh"
  ' "$(basename "$folder")" "$name" < /dev/null | cat > "$out/$name.out"
  if [ $architecture != armhf ] && cmp -s "$out/$name.out" "$here/expected/$name.out"; then rm "$out/$name.out"; fi
  echo "$name"
done
