const mostNamed = 3;

/** The first few paths, for a message. */
export function someOf(paths: readonly string[]): string {
  return [...paths.slice(0, mostNamed), ...(paths.length > mostNamed ? ['…'] : [])].join(', ');
}
