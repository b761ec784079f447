#!/bin/sh
# Builds the one static program that holds all the tests: linux-user-tests.armhf NAME [arguments]. For another architecture:
# CC=mipsel-linux-gnu-gcc ARCH=mipsel build.sh (i686-linux-gnu-gcc and i386, gcc and x86_64,
# CC="mips64-linux-gnuabi64-gcc -mabi=n32" and mipsn32). All but the first are packed: gzip -9n.
set -e
cd "$(dirname "$0")"
cc=${CC:-arm-linux-gnueabihf-gcc}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
names=$(ls ./*.c | sed 's,^\./,,; s,\.c$,,')
{
  echo '#include <stdio.h>'
  echo '#include <string.h>'
  for name in $names; do echo "int ${name}_main(int, char **);"; done
  echo 'int main(int argc, char **argv) {'
  for name in $names; do echo "  if (argc > 1 && !strcmp(argv[1], \"$name\")) return ${name}_main(argc, argv);"; done
  echo '  fputs("no such test", stderr); return 125; }'
} > "$work/main.c"
for name in $names; do $cc -Os -w -Dmain="${name}_main" -c "$name.c" -o "$work/$name.o"; done
$cc -Os -c "$work/main.c" -o "$work/main.o"
# From 4 MiB on, where other architectures have it by themselves: addresses below are used as those of nothing.
$cc -static -s -Wl,-Ttext-segment=0x400000 -o "${OUT:-linux-user-tests.${ARCH:-armhf}}" "$work"/*.o -lpthread
