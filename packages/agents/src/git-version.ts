/** The first that knows all that is asked of it, `add --sparse` last. Older ones take what they do not know for a name. */
export const oldestGit = '2.34';

/** What `git --version` says, such as `git version 2.39.5 (Apple Git-154)`. What says something else is given a try. */
export function isTooOld(said: string): boolean {
  const [, major, minor] = /^git version (\d+)\.(\d+)/.exec(said) ?? [];
  if (major === undefined || minor === undefined) return false;
  const [oldestMajor = 0, oldestMinor = 0] = oldestGit.split('.').map(Number);
  return (
    Number(major) < oldestMajor || (Number(major) === oldestMajor && Number(minor) < oldestMinor)
  );
}
