# gcc compiles and links C programs, make drives it, and what they make runs here: in one process after the other, and with threads.
cat > hello.c <<'C'
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static int counter;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static void *work(void *n) { for (int i = 0; i < 1000; i++) { pthread_mutex_lock(&mutex); counter++; pthread_mutex_unlock(&mutex); } return n; }
int compare(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }
int main(int argc, char **argv) {
  pthread_t t[4];
  for (long i = 0; i < 4; i++) pthread_create(&t[i], 0, work, (void *)i);
  long sum = 0; for (int i = 0; i < 4; i++) { void *r; pthread_join(t[i], &r); sum += (long)r; }
  int v[1000]; for (int i = 0; i < 1000; i++) v[i] = i * 7919 % 1009;
  qsort(v, 1000, sizeof *v, compare);
  printf("%s %d %ld %d %.6f %lld %s\n", argv[1], counter, sum, v[500], sin(1) + sqrt(2), 1LL << 40, strrchr("a/b/c", '/'));
  return argc;
}
C
gcc -dumpmachine; gcc -dumpversion
case $(gcc -dumpmachine) in arm*) own=('-O2 -marm' '-O2 -mthumb -g') ;; mips*) own=('-O2 -mxgot' '-O2 -mno-branch-likely -g') ;; esac
for o in -O0 -O2 -Os '-O3 -flto' "${own[@]}"; do gcc $o -Wall -o hello hello.c -lm -pthread && ./hello "$o"; echo "status $?"; done
gcc -static -O2 -o hello hello.c -lm -pthread && ./hello static; gcc -S -O2 -o - hello.c | grep -c 'bl'; gcc -E hello.c | grep -c printf; size hello | wc -l; nm hello | grep -c ' T main'; strip hello && ./hello stripped; file=$(objdump -d hello 2> /dev/null | head -n 2 | tail -n 1); echo "$file" | sed 's/.*format/format/'; readelf -h hello | grep Machine
printf 'int add(int a, int b) { return a + b; }\n' > lib.c; gcc -shared -fPIC -o libadd.so lib.c; gcc -c lib.c; ar rcs libadd.a lib.o; printf '#include <dlfcn.h>\n#include <stdio.h>\nint add(int, int);\nint main() { void *h = dlopen("./libadd.so", RTLD_NOW); int (*f)(int, int) = (int (*)(int, int))dlsym(h, "add"); printf("%%d %%d\\n", add(2, 3), f(4, 5)); }\n' > use.c; gcc -o use use.c libadd.a && ./use
printf 'int main() { int *p = 0; return *p; }\n' > crash.c; gcc -o crash crash.c; { ./crash; echo "status $?"; } 2> /dev/null; printf 'int main() { return undefined; }\n' > bad.c; gcc bad.c 2> errors; echo "status $?"; head -n 3 errors; printf 'int f(); int main() { return f(); }\n' > link.c; gcc link.c 2>&1 | tail -n 1
printf '#include <stdio.h>\nint main() { __builtin_printf("%%d\\n", __LINE__); asm volatile("nop"); return 0; }\n' | gcc -x c -pipe - -o piped && ./piped
for i in 1 2 3 4 5 6; do echo "int f$i(int x) { return x * $i; }" > f$i.c; done; echo 'int f1(int),f2(int),f3(int),f4(int),f5(int),f6(int); int printf(const char *, ...); int main() { printf("%d\n", f1(1)+f2(2)+f3(3)+f4(4)+f5(5)+f6(6)); return 0; }' > main.c
cat > Makefile <<'M'
OBJECTS := $(patsubst %.c,%.o,$(wildcard f?.c)) main.o
.PHONY: all clean
all: prog
	@./prog
prog: $(OBJECTS)
	@echo link $(words $^); $(CC) -o $@ $^
%.o: %.c
	@echo compile $<; $(CC) -O1 -c -o $@ $<
clean:
	-@rm -f *.o prog
fails:
	@exit 3
M
make -j3 CC=gcc | sort; make CC=gcc; touch f3.c; make CC=gcc; make -n CC=gcc clean; make -q prog CC=gcc; echo "status $?"; make fails 2>&1; echo "status $?"; make nosuch 2>&1; make clean; ls *.o 2> /dev/null | wc -l; make -f - <<<'x: ; @echo $(shell seq 3) $(sort c a b) $(MAKELEVEL)'
