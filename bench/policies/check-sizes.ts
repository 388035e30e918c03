import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { type Ceiling, ceilings } from './gzip-ceilings.ts';

/** Weighs the policies as they are published (build them first), one import each, and fails when one is too heavy. */
for (const limit of ceilings) {
  const bytes = await gzipBytes(limit);
  const isWithin = bytes <= limit.ceiling;
  process.stdout.write(
    `${isWithin ? 'ok    ' : 'FAILED'} ${limit.name.padEnd(16)}${bytes} of ${limit.ceiling} bytes` +
      `${limit.ceiling === limit.bar ? '' : ` (the bar is ${limit.bar})`}\n`,
  );
  if (!isWithin) process.exitCode = 1;
}

async function gzipBytes({ from, name }: Ceiling): Promise<number> {
  const { outputFiles } = await build({
    stdin: {
      contents: `export { ${name} } from '${from}';`,
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2023',
    conditions: ['import'],
    logLevel: 'error',
  });
  return gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length;
}
