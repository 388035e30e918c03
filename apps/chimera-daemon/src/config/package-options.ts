/** Places in lists are numbers. */
export type Refuse = (path: readonly (string | number)[], rule: string) => void;

/**
 * Lets the package that owns some options judge them, and refuses in the words of the settings what
 * it refuses. `names`: the settings of options that are called otherwise there.
 */
export function checkOptions(
  build: () => unknown,
  path: string,
  names: Readonly<Record<string, string>>,
  refuse: Refuse,
): void {
  try {
    build();
  } catch (error) {
    // The house form: `pool-autoscaler: downAt must be less than upAt (0.8), got 0.9`.
    const [, option, rule] =
      /^[\w-]+: (\S+) (must be .*), got .*$/s.exec(error instanceof Error ? error.message : '') ??
      [];
    if (!(error instanceof RangeError) || option === undefined || rule === undefined) throw error;
    const renamed = (text: string) =>
      text.replaceAll(/\w+/g, (word) =>
        Object.hasOwn(names, word) ? (names[word] ?? word) : word,
      );
    refuse([path, ...renamed(option).split('.')], renamed(rule));
  }
}
