export interface Sorted<Node> {
  /** Every node that is neither on a cycle nor depends on one. Each node follows its predecessors; otherwise the given order is kept. */
  readonly order: readonly Node[];
  /** Each cycle once, with its first node repeated at the end: `a, b, a`. */
  readonly cycles: readonly (readonly Node[])[];
}

/**
 * Sorts nodes so that each follows its predecessors (Kahn's algorithm). `before` returns the predecessors of a node; all of them must be
 * in `nodes`. The algorithm is iterative, so that a chart with thousands of bars does not exhaust the stack.
 */
export function sortGraph<Node>(nodes: readonly Node[], before: (node: Node) => readonly Node[]): Sorted<Node> {
  const predecessors = new Map(nodes.map((node) => [node, new Set(before(node))]));
  const successors = new Map<Node, Node[]>(nodes.map((node) => [node, []]));
  for (const [node, set] of predecessors) for (const one of set) successors.get(one)?.push(node);

  const waitsFor = new Map([...predecessors].map(([node, set]) => [node, set.size]));
  const order = nodes.filter((node) => waitsFor.get(node) === 0);
  for (const done of order) {
    for (const next of successors.get(done) ?? []) {
      const left = (waitsFor.get(next) ?? 0) - 1;
      waitsFor.set(next, left);
      if (left === 0) order.push(next);
    }
  }
  const sorted = new Set(order);
  const stuck = nodes.filter((node) => !sorted.has(node));
  return { order, cycles: cyclesAmong(stuck, (node) => predecessors.get(node) ?? new Set()) };
}

/** Every stuck node has a stuck predecessor, so a walk backwards ends in a cycle or reaches a node that an earlier walk has visited. */
function cyclesAmong<Node>(stuck: readonly Node[], before: (node: Node) => ReadonlySet<Node>): Node[][] {
  const among = new Set(stuck);
  const walked = new Set<Node>();
  const cycles: Node[][] = [];
  for (const start of stuck) {
    const walk: Node[] = [];
    let node: Node | undefined = start;
    while (node !== undefined && !walked.has(node)) {
      walked.add(node);
      walk.push(node);
      node = [...before(node)].find((one) => among.has(one));
    }
    const entered = node === undefined ? -1 : walk.indexOf(node);
    if (entered < 0 || node === undefined) continue;
    const cycle = walk.slice(entered).reverse();
    cycles.push(rotate(cycle, stuck));
  }
  return cycles;
}

/** Starts a cycle at the node that comes first in `given`, and repeats that node at the end. */
function rotate<Node>(cycle: readonly Node[], given: readonly Node[]): Node[] {
  const first = given.find((node) => cycle.includes(node));
  const at = first === undefined ? 0 : cycle.indexOf(first);
  return [...cycle.slice(at), ...cycle.slice(0, at), ...cycle.slice(at, at + 1)];
}
