/**
 * A control-flow graph to structured control flow, by the dominator tree (N. Ramsey, "Beyond Relooper", ICFP 2022): a node is followed by
 * the merge nodes that it dominates, each behind a `block` that is left to get there; a loop header is wrapped in a `loop`.
 * Edges that would make the graph irreducible are reported beforehand, for the caller to take out. (Binaryen's Relooper
 * does the same job but aborts on some graphs.)
 */
import type { Expr, WasmModule } from "./wasm-module.ts";

/** Edges by node; the entry is node 0. */
export type Graph = readonly (readonly number[])[];

interface Order {
  /** Position of each node in reverse postorder; -1 if it cannot be reached. */
  readonly number: readonly number[];
  readonly nodes: readonly number[];
}

function reversePostorder(graph: Graph): Order {
  const number = graph.map(() => -1);
  const done: number[] = [];
  const stack: { node: number; next: number }[] = [{ node: 0, next: 0 }];
  const seen = new Set([0]);
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const successor = graph[top.node]![top.next++];
    if (successor === undefined) {
      done.push(top.node);
      stack.pop();
    } else if (!seen.has(successor)) {
      seen.add(successor);
      stack.push({ node: successor, next: 0 });
    }
  }
  const nodes = done.reverse();
  nodes.forEach((node, i) => {
    number[node] = i;
  });
  return { number, nodes };
}

/** Immediate dominator of each reachable node (K. Cooper et al., "A Simple, Fast Dominance Algorithm"). */
function immediateDominators(graph: Graph, order: Order): number[] {
  const { number, nodes } = order;
  const predecessors: number[][] = graph.map(() => []);
  for (const node of nodes) for (const successor of graph[node]!) predecessors[successor]!.push(node);
  const idom = graph.map(() => -1);
  idom[0] = 0;
  for (let changed = true; changed; ) {
    changed = false;
    for (const node of nodes.slice(1)) {
      let dominator = -1;
      for (let p of predecessors[node]!) {
        if (idom[p] === -1) continue;
        if (dominator === -1) dominator = p;
        while (p !== dominator) {
          while (number[p]! > number[dominator]!) p = idom[p]!;
          while (number[dominator]! > number[p]!) dominator = idom[dominator]!;
        }
      }
      if (idom[node] !== dominator) {
        idom[node] = dominator;
        changed = true;
      }
    }
  }
  return idom;
}

/** Backward edges to nodes that do not dominate their source, as "from/to". */
export function irreducibleEdges(graph: Graph): Set<string> {
  const order = reversePostorder(graph);
  const idom = immediateDominators(graph, order);
  const dominates = (a: number, b: number): boolean => {
    for (let n = b; ; n = idom[n]!) {
      if (n === a) return true;
      if (n === 0) return false;
    }
  };
  const edges = new Set<string>();
  for (const from of order.nodes)
    for (const to of graph[from]!) if (order.number[to]! <= order.number[from]! && !dominates(to, from)) edges.add(`${from}/${to}`);
  return edges;
}

/** The nodes of each loop by its header, which is one of them. */
function naturalLoops(graph: Graph): Map<number, Set<number>> {
  const order = reversePostorder(graph);
  const idom = immediateDominators(graph, order);
  const predecessors: number[][] = graph.map(() => []);
  for (const node of order.nodes) for (const successor of graph[node]!) predecessors[successor]!.push(node);
  const dominates = (a: number, b: number): boolean => {
    for (let n = b; ; n = idom[n]!) {
      if (n === a) return true;
      if (n === 0) return false;
    }
  };
  const loops = new Map<number, Set<number>>();
  for (const from of order.nodes)
    for (const header of graph[from]!) {
      if (order.number[header]! > order.number[from]! || !dominates(header, from)) continue;
      const body = loops.get(header) ?? new Set([header]);
      loops.set(header, body);
      const open = [from];
      for (let node = open.pop(); node !== undefined; node = open.pop()) {
        if (body.has(node)) continue;
        body.add(node);
        open.push(...predecessors[node]!);
      }
    }
  return loops;
}

/**
 * For ways into the middle of the graph: the nodes to pass on the way to each of `entries`, itself last. A loop may only be entered by its header, so
 * that the headers of all loops around the node come before it, the outermost first.
 */
export function waysIn(graph: Graph, entries: readonly number[]): number[][] {
  const loops = [...naturalLoops(graph)].sort((a, b) => b[1].size - a[1].size);
  return entries.map((entry) => [
    ...loops.filter(([header, body]) => header !== entry && body.has(entry)).map(([header]) => header),
    entry,
  ]);
}

/**
 * Assembles the nodes of a reducible graph. `node` gives a node's code, which ends with what `branch` gave it for each edge taken; it is
 * called once for every reachable node.
 */
export function structured(m: WasmModule, graph: Graph, node: (index: number, branch: (to: number) => Expr) => Expr): Expr {
  const { number, nodes } = reversePostorder(graph);
  const idom = immediateDominators(graph, { number, nodes });
  const forwardIn = graph.map(() => 0);
  const isHeader = graph.map(() => false);
  for (const from of nodes)
    for (const to of new Set(graph[from]!)) {
      if (number[to]! <= number[from]!) isHeader[to] = true;
      else forwardIn[to]!++;
    }
  const merges = (index: number): number[] => nodes.filter((n) => n !== 0 && idom[n] === index && forwardIn[n]! > 1);
  // A node with several edges from one predecessor to it is a merge node too.
  for (const from of nodes)
    for (const to of graph[from]!) if (graph[from]!.filter((t) => t === to).length > 1 && number[to]! > number[from]!) forwardIn[to] = 2;

  const tree = (index: number): Expr => {
    const code = within(index, merges(index));
    return isHeader[index] ? m.loop(`loop${index}`, code) : code;
  };
  // Of the merge nodes, the last in order is outermost: an earlier one may branch to it.
  const within = (index: number, after: number[]): Expr => {
    const last = after.at(-1);
    if (last === undefined) return node(index, (to) => branch(index, to));
    return m.block(null, [m.block(`block${last}`, [within(index, after.slice(0, -1))]), tree(last)]);
  };
  const branch = (from: number, to: number): Expr => {
    if (number[to]! <= number[from]!) return m.br(`loop${to}`);
    return forwardIn[to]! > 1 ? m.br(`block${to}`) : tree(to);
  };
  return tree(0);
}
