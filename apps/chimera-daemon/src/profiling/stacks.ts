import type { Frame } from './source-frames.ts';

interface Node {
  readonly id: number;
  readonly callFrame: Frame;
  readonly children?: readonly number[] | undefined;
}

/** The stack of each node of a profile, the innermost frame first, without V8's `(root)`. */
export function stacksOf(nodes: readonly Node[]): ReadonlyMap<number, readonly Frame[]> {
  const parents = new Map<number, Node>();
  for (const node of nodes) for (const child of node.children ?? []) parents.set(child, node);
  return new Map(
    nodes.map((node) => {
      const stack: Frame[] = [];
      for (let at: Node | undefined = node; at !== undefined; at = parents.get(at.id)) {
        if (parents.has(at.id)) stack.push(at.callFrame);
      }
      return [node.id, stack] as const;
    }),
  );
}
