# gzip, xz, bzip2, tar: there and back, streams, damage, threads, attributes, sparse files.
seq 1 40000 | sed 's/$/ some text that repeats/' > text; head -c 100000 /dev/urandom > noise
for tool in 'gzip -n' bzip2 xz; do
  set -- $tool; name=$1
  for level in 1 6 9; do $tool -$level < text > "text.$name.$level"; wc -c < "text.$name.$level"; $tool -d < "text.$name.$level" | cmp - text && echo same; done
  $tool -c noise | $tool -dc | cmp - noise && echo "$name noise"
  head -c 500 text.$name.6 > damaged; $tool -d < damaged > /dev/null 2> errors; echo "status $?"; sed -n "1{s/^ *//;p}" errors
  head -c 2000 text | $tool > a; head -c 1000 text | $tool >> a; $tool -dc < a | wc -c; $tool -t < a && echo tested
  cp text copy; $tool copy; ls copy*; $tool -d copy.*; cmp copy text; rm copy
done
sha256sum text.*.* | cut -c1-16,65-
gzip -l < text.gzip.6 | tail -n 1 | tr -s ' '; gzip -rsyncable < text 2> /dev/null | wc -c; zcat text.gzip.1 | tail -n 1; zgrep -c 399 text.gzip.9; bzcat text.bzip2.9 | tail -n 1; bzip2recover --help > /dev/null 2>&1; xz -l text.xz.6 | tail -n 1 | tr -s ' '; xz -T2 --block-size=300000 -c text | xz -dc | md5sum; xz --format=lzma -c text | unlzma | md5sum; xz --check=sha256 --arm -c /bin/ls | xz -dc | cmp - /bin/ls && echo filter; xzcat text.xz.1 | head -n 1; xz --robot --list text.xz.9 | tail -n 1 | cut -f2-5
mkdir -p tree/a/b; cp text tree/a; echo x > tree/a/b/x; ln -s x tree/a/b/link; ln tree/a/b/x tree/hard; chmod 751 tree/a; mkfifo tree/fifo; truncate -s 3000000 tree/sparse; echo end >> tree/sparse; touch -d '2020-01-01 12:00:00 UTC' tree/a/b/x; long=$(printf 'n%.0s' $(seq 120)); mkdir -p "tree/$long"; echo long > "tree/$long/$long"
for f in ustar gnu pax v7; do tar --sort=name --format=$f -cf $f.tar tree/a tree/hard 2>&1; mkdir out; tar -xpf $f.tar -C out && diff -r tree/a out/tree/a && stat -c '%a %Y %h' out/tree/a/b/x && rm -r out; done
tar -cSf sparse.tar tree; wc -c < sparse.tar; mkdir out; tar -xf sparse.tar -C out; cmp out/tree/sparse tree/sparse; stat -c %F out/tree/fifo; cat "out/tree/$long/$long"; readlink out/tree/a/b/link; rm -r out
TZ=UTC tar --numeric-owner --owner=5 --group=6 --mtime='2020-02-02 UTC' --sort=name -tvf <(tar --owner=5 --group=6 --mtime='2020-02-02 UTC' --sort=name -cf - tree/a) --full-time 2>&1
for z in z j J; do tar --sort=name -c${z}f t.$z tree && tar -t${z}f t.$z | wc -l; tar -xOf t.$z tree/a/b/x; done
tar --sort=name -cf - tree/a | (mkdir in; cd in; tar -xf -; find . | sort); tar --sort=name --transform='s/tree/wood/' -cf - tree/a/b | tar -tf -; tar -rf ustar.tar noise; tar -df ustar.tar noise && echo no difference; tar --delete -f ustar.tar noise; tar -tf ustar.tar | wc -l; head -c 700 ustar.tar | tar -tf - 2>&1; echo "status $?"; tar -cf m.tar -M -L 100 --new-volume-script='echo no more; exit 1' text 2>&1 | head -n 1; tar -xf nothing.tar 2>&1; echo "status $?"
