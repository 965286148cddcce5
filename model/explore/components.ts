/** Strongly connected components of a graph whose nodes are numbers from 0, by Tarjan's algorithm without recursion. */

/** `targets[offsets[n] .. offsets[n + 1])` are the nodes that node n leads to. */
export interface Graph {
  readonly offsets: Int32Array;
  readonly targets: Int32Array;
}

/** @returns by node: the number of its component, from 0; a component's number is greater than that of any it leads to */
export function componentsOf({ offsets, targets }: Graph): Int32Array {
  const nodes = offsets.length - 1;
  const component = new Int32Array(nodes).fill(-1);
  /** When the node was first met, from 1; 0: not yet. */
  const met = new Int32Array(nodes);
  const lowest = new Int32Array(nodes);
  /** Nodes without a component yet. */
  const open = new Int32Array(nodes);
  /** The path being followed, and the edge that is next at each node of it. */
  const path = new Int32Array(nodes);
  const edge = new Int32Array(nodes);
  let [clock, opened, found] = [0, 0, 0];
  for (let root = 0; root < nodes; root += 1) {
    if (met[root] !== 0) continue;
    let length = 0;
    const enter = (node: number): void => {
      clock += 1;
      met[node] = clock;
      lowest[node] = clock;
      open[opened] = node;
      opened += 1;
      path[length] = node;
      edge[length] = offsets[node] as number;
      length += 1;
    };
    enter(root);
    while (length > 0) {
      const node = path[length - 1] as number;
      const at = edge[length - 1] as number;
      if (at < (offsets[node + 1] as number)) {
        edge[length - 1] = at + 1;
        const target = targets[at] as number;
        if (met[target] === 0) enter(target);
        else if (component[target] === -1) lowest[node] = Math.min(lowest[node] as number, met[target] as number);
        continue;
      }
      length -= 1;
      const low = lowest[node] as number;
      if (length > 0) {
        const above = path[length - 1] as number;
        lowest[above] = Math.min(lowest[above] as number, low);
      }
      if (low !== met[node]) continue;
      for (let member = -1; member !== node; ) {
        opened -= 1;
        member = open[opened] as number;
        component[member] = found;
      }
      found += 1;
    }
  }
  return component;
}
