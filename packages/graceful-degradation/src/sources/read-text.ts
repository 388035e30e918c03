import { readFileSync } from 'node:fs';

/** A kernel file's text, or undefined where the kernel does not have it or does not show it. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** A file that holds one number; undefined for `max`, `-1` and no file: there is no limit. */
export function readLimit(path: string): number | undefined {
  const value = Number.parseInt(readText(path) ?? '', 10);
  return value >= 0 ? value : undefined;
}

/** The number behind a name in a file of `name number` lines. */
export function fieldOf(text: string | undefined, name: string): number | undefined {
  const match = text?.match(new RegExp(`^${name}:?\\s+(\\d+)`, 'm'));
  return match?.[1] === undefined ? undefined : Number(match[1]);
}
