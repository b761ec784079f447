/**
 * Calls of older interfaces that take the address of their arguments: socketcall, which stands for all calls of sockets, and mmap and select as
 * they were before calls could have six arguments in registers.
 */
import type { Awaitable } from "../awaitable.ts";
import { fail } from "../errno.ts";
import { type Call, type CallResult, decodeArgs, syscall, type SyscallRow } from "../syscall-table.ts";
import { memoryRows } from "./memory.ts";
import { pollRows } from "./poll.ts";
import { socketRows } from "./sockets.ts";

const rows = new Map([...memoryRows, ...pollRows, ...socketRows].map((row) => [row.name, row]));

function make(call: Call, name: string, at: number): Awaitable<CallResult> {
  const { abi } = call.kernel;
  const row = rows.get(name)!;
  const args = row.args.map((_, i) => call.memory.word(at + i * abi.wordBytes, abi.wordBytes));
  return row.run(call, ...decodeArgs(row, { number: 0, args }, abi));
}

/** By socketcall's numbers, from 1 on. */
const socketCalls = `
  socket bind connect listen accept getsockname getpeername socketpair send recv sendto recvfrom shutdown setsockopt getsockopt sendmsg recvmsg
  accept4 recvmmsg sendmmsg
`
  .trim()
  .split(/\s+/);

export const argumentsInMemoryRows: readonly SyscallRow[] = [
  syscall("socketcall", ["int", "ptr"], (call, which, at) => {
    const name = socketCalls[which - 1];
    return name === undefined ? fail("EINVAL") : make(call, name, at);
  }),
  syscall("old_mmap", ["ptr"], (call, at) => make(call, "mmap", at)),
  syscall("old_select", ["ptr"], (call, at) => make(call, "select", at)),
];
