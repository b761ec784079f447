/** What bench:user runs: programs of Debian with work that takes native QEMU some seconds, and how their inputs are made. */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Places {
  readonly sysroot: string;
  /** Where the inputs are, and the program runs. */
  readonly folder: string;
}

export interface Workload {
  readonly name: string;
  /** Programs count in the mean; others are about one thing. */
  readonly kind: "program" | "process";
  /** The program, a path in the sysroot, and its arguments. */
  command(places: Places): readonly [string, ...string[]];
  /** It starts other programs for ARM. */
  readonly starts?: boolean;
  /** From what it printed: seconds for a fixed amount of work. By default what the whole run took counts. */
  seconds?(output: string): number;
  readonly expected?: RegExp;
}

const MiB = 2 ** 20;

/** openssl speed -mr: the seconds that a megabyte takes. */
const perMegabyte = (output: string): number => 1e6 / Number(/^\+F:\d+:[^:]+:([0-9.]+)/m.exec(output)?.[1]);
const speed = (algorithm: string): Workload => ({
  name: `openssl ${algorithm}`,
  kind: "program",
  command: () => ["usr/bin/openssl", "speed", "-mr", "-seconds", "3", "-bytes", "8192", "-evp", algorithm],
  seconds: perMegabyte,
});

const rowsSql = `create table t(id integer primary key, a int, b text); begin;
with recursive n(i) as (select 1 union all select i + 1 from n where i < 200000) insert into t select i, i * 7919 % 100003, 'row ' || i from n;
commit; create index ta on t(a); select count(*), sum(a) from t; select count(*) from t x join t y on x.a = y.id; update t set b = b || '!' where a % 3 = 0;
select sum(length(b)) from t; delete from t where a < 50000; select count(*) from t;`;

export const workloads: readonly Workload[] = [
  { name: "bzip2", kind: "program", command: () => ["bin/bzip2", "-c", "text"] },
  { name: "bunzip2", kind: "program", command: () => ["bin/bzip2", "-dc", "text.bz2"] },
  { name: "xz", kind: "program", command: () => ["usr/bin/xz", "-1", "-c", "text"] },
  speed("sha256"),
  speed("aes-128-cbc"),
  { name: "python3", kind: "program", command: () => ["usr/bin/python3", "-S", "pystone.py"], expected: /^[0-9]+ 100$/m },
  { name: "lua", kind: "program", command: () => ["usr/bin/lua5.4", "bench.lua"], expected: /^832040\s/ },
  { name: "sqlite3", kind: "program", command: () => ["usr/bin/sqlite3", ":memory:", rowsSql], expected: /^200000\|/ },
  {
    name: "gcc -O2",
    kind: "program",
    command: () => ["usr/lib/gcc/arm-linux-gnueabihf/12/cc1", "-quiet", "-O2", "program.c", "-o", "program.s"],
  },
  {
    name: "200 x fork and exec",
    kind: "process",
    starts: true,
    command: ({ sysroot }) => ["bin/bash", "-c", `for ((i = 0; i < 200; i++)); do ${sysroot}/bin/true; done`],
  },
  { name: "200 x fork", kind: "process", command: () => ["bin/bash", "-c", "for ((i = 0; i < 200; i++)); do (:); done"] },
  { name: "start of python3", kind: "process", command: () => ["usr/bin/python3", "-c", "import json, re, subprocess"] },
];

/** The first 20 MB of the Python library's texts, one after the other, again and again. */
function text(sysroot: string): Buffer {
  const folder = join(sysroot, "usr/lib/python3.11");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".py"));
  const parts: Buffer[] = [];
  let size = 0;
  for (const name of files.toSorted()) {
    const bytes = readFileSync(join(folder, name));
    parts.push(bytes);
    size += bytes.length;
    if (size >= 20 * MiB) break;
  }
  return Buffer.concat(parts).subarray(0, 20_000_000);
}

/** Some 3,000 lines of C: functions with loops, switches, structures and arithmetic, no two alike. */
function program(): string {
  const lines = ["struct node { int key; struct node *left, *right; double weight; };", "int table[256];"];
  for (let i = 0; i < 120; i++) {
    lines.push(
      `static int f${i}(int a, int b) {`,
      `  int sum = ${i};`,
      `  for (int k = 0; k < a; k++) {`,
      `    sum += (k * ${i + 3}) ^ (b >> (k & 7));`,
      `    if (sum % ${i + 2} == 1) sum -= table[(sum + k) & 255];`,
      `  }`,
      `  switch (b & 7) {`,
      ...[0, 1, 2, 3, 4].map((c) => `    case ${c}: sum = sum * ${c + i} + a / ${c + 1}; break;`),
      `    default: sum ^= b;`,
      `  }`,
      `  return sum;`,
      `}`,
      `double g${i}(struct node *n, double x) {`,
      `  if (!n) return x * ${i}.5;`,
      `  double left = g${Math.max(0, i - 1)}(n->left, x + n->weight);`,
      `  double right = n->key > ${i} ? g${i}(n->right, left) : left / ${i + 1};`,
      `  n->key = f${i}(n->key, ${i});`,
      `  return left + right * n->weight;`,
      `}`,
    );
  }
  return `${lines.join("\n")}\n`;
}

const pystone = `# A synthetic mix of what Python programs do: attributes, lists, dictionaries, strings, calls.
class Record:
    def __init__(self, next=None, kind=0, number=0, text=""):
        self.next = next; self.kind = kind; self.number = number; self.text = text
    def copy(self):
        return Record(self.next, self.kind, self.number, self.text)

def first(record, depth):
    other = record.next = record.copy()
    other.number = depth + 2
    if other.kind == 0:
        other.kind = second(depth % 5); other.number = third(other.number, 10)
    else:
        record = other.copy()
    return other

def second(n):
    return {0: 1, 1: 2, 2: 0}.get(n, 3)

def third(a, b):
    return a + b * 2 - 1

def arrays(one, two, a, b):
    i = a + 5
    one[i] = b; one[i + 1] = one[i]; one[i + 30] = i
    for j in range(i, i + 2):
        two[i][j] = i
    two[i][i - 1] += 1; two[i + 20][i] = one[i]

def strings(a, b):
    return a[1] == b[2] or a > b

total = 0
one = [0] * 51
two = [[0] * 51 for _ in range(51)]
words = {}
for n in range(120000):
    record = first(Record(None, n % 2, n), n)
    total = (total + record.number) % 9973
    arrays(one, two, n % 8, n)
    if strings("DHRYSTONE PROGRAM, 1'ST STRING", "DHRYSTONE PROGRAM, 2'ND STRING"):
        total += 1
    key = "k%d" % (n % 100)
    words[key] = words.get(key, 0) + len(key)
    if n % 1000 == 0:
        total += sum(x * x for x in range(50)) % 7
        total += len(",".join(sorted(words)))
print(total, len(words))
`;

const lua = `local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
local f = fib(30)
local sieve, primes = {}, 0
for i = 2, 1000000 do if not sieve[i] then primes = primes + 1 for j = i * i, 1000000, i do sieve[j] = true end end end
local t = {} for i = 1, 100000 do t[i] = (i * 7919) % 100003 end table.sort(t)
local parts = {} for i = 1, 100000 do parts[#parts + 1] = tostring(i):rep(2) end
local s = table.concat(parts) local _, n = s:gsub("12", "")
local x = 0.0 for i = 1, 3000000 do x = x + 1 / i end
print(f, primes, t[50000], #s, n, string.format("%.6f", x))
`;

/** Makes what the workloads read. */
export function makeInputs(folder: string, sysroot: string): void {
  const bytes = text(sysroot);
  writeFileSync(join(folder, "text"), bytes);
  writeFileSync(join(folder, "program.c"), program());
  writeFileSync(join(folder, "pystone.py"), pystone);
  writeFileSync(join(folder, "bench.lua"), lua);
}
