import { basename } from 'node:path';

/** Node.js takes the types out of a file by itself from here on. */
const readsTypes = '22.18';

/** In one line, why a file could not be tried: it cannot be loaded, or what it exports throws. */
export function refusalText(file: string, error: unknown): string {
  const isUnreadable = codeOf(error) === 'ERR_UNKNOWN_FILE_EXTENSION';
  if (isUnreadable && /\.[cm]?ts$/.test(file)) {
    return `chimera-prove: ${file} needs Node.js ${readsTypes} or later, which reads TypeScript, got ${process.version}; or give it JavaScript`;
  }
  if (!(error instanceof Error)) return `chimera-prove: ${file} throws ${String(error)}`;
  const [reason = ''] = error.message.split('\n');
  return `chimera-prove: ${file}${placeIn(file, error)} throws ${error.name}: ${reason}`;
}

/** The line of the file that the error came by: `:12:5`. */
function placeIn(file: string, { stack = '' }: Error): string {
  const name = encodeURI(basename(file)).replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);
  return new RegExp(String.raw`/${name}(:\d+(?::\d+)?)`).exec(stack)?.[1] ?? '';
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
