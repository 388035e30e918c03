/** What a program commonly needs to run at all, and no secrets. */
export const defaultEnvironmentNames: readonly string[] = [
  'PATH',
  'HOME',
  'LANG',
  'LC_ALL',
  'TMPDIR',
  'USER',
];

export interface EnvironmentOptions {
  /** Where allowed variables are copied from: mostly `process.env`. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The names that are copied; all others stay behind. Default: PATH, HOME, LANG, LC_ALL, TMPDIR, USER. */
  readonly allowEnv?: readonly string[];
  /** Fixed variables; they win over copied ones. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * The environment of a child process, by allow-list: a list of what to keep back never knows
 * tomorrow's secret.
 */
export function selectEnvironment(options: EnvironmentOptions): Readonly<Record<string, string>> {
  const { environment, allowEnv = defaultEnvironmentNames, env = {} } = options;
  const copied = allowEnv.flatMap((name) => {
    const value = environment[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(copied), ...env };
}
