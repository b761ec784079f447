# Pipelines, jobs, here-documents, traps, and what else bash asks of a kernel.
seq 1 1000 | grep 7 | sed 's/7/seven/' | sort -r | head -n 3
yes | head -n 2; echo "${PIPESTATUS[@]}"
false | true; echo "without pipefail $?"; set -o pipefail; false | true; echo "with pipefail $?"; set +o pipefail
cat <<END; cat <<'END'; cat <<-END
expanded $((6 * 7)) $(echo nested)
END
not expanded $((6 * 7))
END
	tabs are gone
	END
cat <<<"here-string"
big=$(head -c 200000 /dev/zero | tr '\0' x); cat <<<"$big" | wc -c
# Jobs.
sleep 0.1 & first=$!; (exit 3) & second=$!
wait $second; echo "second $?"; wait $first; echo "first $?"
for i in 3 1 2; do (sleep 0.$i; echo "job $i") & done; wait
(sleep 0.3; exit 4) & (sleep 0.1; exit 5) & wait -n; echo "next $?"; wait -n; echo "next $?"
wait 999999 2> /dev/null; echo "no child $?"
wait; jobs > /dev/null
set -m
sleep 100 & jobs; kill %sleep; wait %sleep; echo "killed $?"
sh -c 'kill -STOP $$; echo continued'; jobs | sed 's/  *$//'; fg > /dev/null; echo "fg $?"
sleep 0.2 & kill -STOP $!; sleep 0.1; jobs | sed 's/  *$//'; bg > /dev/null; wait; echo "bg $?"
set +m
# Traps.
trap 'echo usr1' USR1; kill -USR1 $$; trap 'echo usr2' USR2; (kill -USR2 $$)
trap 'echo err line' ERR; false; trap - ERR
(trap 'echo subshell exit' EXIT; exit 7); echo "exit $?"
(trap '' TERM; kill -TERM $BASHPID; echo "ignored"); (kill -TERM $BASHPID; echo "not here"); echo "term $?"
bash -c 'trap "echo interrupted; exit 9" INT; kill -INT $$; sleep 5'; echo "int $?"
bash -c 'trap "echo woken" USR1; (sleep 0.2; kill -USR1 $$) & wait $!; wait; echo done'
trap 'echo chld' CHLD; set -m; (exit 0); set +m; trap - CHLD
{ sh -c 'kill -SEGV $$'; echo "segv $?"; sh -c 'kill -9 $$'; echo "kill $?"; } 2> /dev/null
# Redirections and descriptors.
exec 3<> file; echo written >&3; echo more >> file; exec 3<&-; cat file
{ echo out; echo err >&2; } 2>&1 > /dev/null | sed 's/^/from stderr: /'
exec {fd}< file; read -r -u "$fd" line; echo "$line"; exec {fd}<&-
set -C; echo x > file 2> /dev/null || echo "noclobber"; set +C
diff <(seq 3) <(seq 4); seq 3 > >(cat > copy); sleep 0.2; cat copy
coproc cat; echo ping >&"${COPROC[1]}"; read -r answer <&"${COPROC[0]}"; echo "coproc $answer"; kill $COPROC_PID; wait $COPROC_PID 2> /dev/null
mkfifo pipe; cat pipe & echo through the fifo > pipe; wait
read -t 0.1 -r nothing < <(sleep 0.3); echo "timeout $?"
printf 'a b\0c\0' | while IFS= read -r -d '' word; do echo "<$word>"; done
mapfile -t lines < <(seq 5); echo "${#lines[@]} ${lines[4]}"
(ulimit -n 16; ulimit -n; exec 15> limit && echo 15 is open); (ulimit -f 1; head -c 5000 /dev/zero > limit; echo "fsize $?") 2> /dev/null; wc -c < limit
# The language.
declare -A map=([one]=1 [two]=2); for key in one two; do echo "$key=${map[$key]}"; done
shopt -s extglob nullglob globstar
mkdir -p d/e; touch a.c b.c d/x.h d/e/y.h; echo *.c **/*.h !(*.c) none*
case abc in a*) echo matched ;;& *c) echo also ;; esac
[[ 2024-05-06 =~ ([0-9]+)-([0-9]+) ]] && echo "${BASH_REMATCH[2]}"
f() { local n=$1; ((n < 2)) && { echo 1; return; }; echo $((n * $(f $((n - 1))))); }; f 6
set -- a "b c" d; echo $# "$2"; shift; echo "$*"
while getopts ab:c o -a -b value -c; do echo "$o ${OPTARG-}"; done
printf '%05d %x %q %s\n' 42 255 'a b' end; echo "${big:0:3} ${big:(-2)} ${#big}"
x=Hello; echo "${x,,} ${x^^} ${x/l/L} ${x//l/L} ${x#H} ${x%o} ${y-unset} ${x:+set}"
echo $((1 << 40)) $((-7 / 2)) $((-7 % 3)) $((0x7fffffffffffffff + 1)) $((16#ff))
TIMEFORMAT=%0R; time sleep 0.1
cd /usr/bin && pwd && cd - > /dev/null; (cd /nowhere) 2>&1 | sed 's/.*: cd/cd/'; nosuchcommand 2>&1 | sed 's/.*: line/line/'; /etc/passwd 2>&1 | sed 's/.*: \//\//'
echo "umask $(umask)"; umask 077; touch private; stat -c %a private
trap 'echo "last words"' EXIT
exit 6
