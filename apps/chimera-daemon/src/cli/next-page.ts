import { printable } from './output.ts';
import { quoted } from './typed-command.ts';

/** How to see the rest of a list that has more than was asked for: what was typed, from there on. */
export function nextPageLine(
  { nextCursor }: { readonly nextCursor: string | null },
  words: readonly string[] = process.argv.slice(2),
): readonly string[] {
  if (nextCursor === null) return [];
  const kept = words.filter(
    (word, index) => !/^--cursor(?:=|$)/.test(word) && words[index - 1] !== '--cursor',
  );
  const line = ['chimera', ...[...kept, '--cursor', nextCursor].map(quoted)].join(' ');
  return [printable(`… there are more: ${line}`)];
}
