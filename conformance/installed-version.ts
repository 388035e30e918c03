import { readFileSync } from 'node:fs';

/** The version of a peer that is installed beside this file. */
export function versionOf(library: string): string {
  const file = new URL(`node_modules/${library}/package.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version;
}
