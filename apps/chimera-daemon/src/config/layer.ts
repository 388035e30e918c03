import type { ConfigIssue } from './config-error.ts';

export type Tree = Record<string, unknown>;

/** Settings from one place that win over those of the file. */
export interface Layer {
  /** Like the file's tree. */
  readonly settings: Tree;
  /** What they were given as, by path: `http.port` by `--port`. */
  readonly names: Map<string, string>;
  /** What names no setting at all. */
  readonly issues: ConfigIssue[];
}

export function emptyLayer(): Layer {
  return { settings: emptyTree(), names: new Map(), issues: [] };
}

/** Puts one setting into the layer. */
export function give(layer: Layer, name: string, path: readonly string[], value: unknown): void {
  layer.names.set(path.join('.'), name);
  put(layer.settings, path, value);
}

/** `over` wins. */
export function merge(base: Tree, over: Tree): Tree {
  const merged = Object.assign(emptyTree(), base);
  for (const [key, value] of Object.entries(over)) {
    const below = merged[key];
    merged[key] = isTree(below) && isTree(value) ? merge(below, value) : value;
  }
  return merged;
}

export function valueAt(tree: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (node, key) =>
      typeof node === 'object' && node !== null && Object.hasOwn(node, key)
        ? (node as Tree)[key]
        : undefined,
    tree,
  );
}

/**
 * What gave the value at this path, of the layers, the last one first: the setting itself, one that
 * it lies in, or one that lies in it where the file says nothing.
 */
export function sourceOf(
  path: readonly string[],
  layers: readonly Layer[],
  file: Tree,
): string | undefined {
  const wanted = path.join('.');
  for (const { names } of layers.toReversed()) {
    for (const [given, name] of names) {
      if (given === wanted || wanted.startsWith(`${given}.`)) return name;
      if (given.startsWith(`${wanted}.`) && valueAt(file, path) === undefined) return name;
    }
  }
  return undefined;
}

export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Without a prototype, so that a setting named `__proto__` is one of many wrong names. */
function emptyTree(): Tree {
  return Object.create(null) as Tree;
}

function put(tree: Tree, path: readonly string[], value: unknown): void {
  const [head, ...rest] = path;
  if (head === undefined) return;
  if (rest.length === 0) {
    tree[head] = value;
    return;
  }
  const below = tree[head];
  const branch = isTree(below) ? below : emptyTree();
  tree[head] = branch;
  put(branch, rest, value);
}
