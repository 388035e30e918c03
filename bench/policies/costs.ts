import { execFileSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { median, rounded } from './median.ts';
import { type Subject, subjects } from './subjects.ts';

/** What a library costs apart from its calls. */
export interface Cost {
  readonly kind: Subject['kind'];
  readonly candidate: string;
  /** Of its one import, and all that this imports, in a fresh process. */
  readonly importMs: number;
  /** Bundled and minified for the browser, `gzip -9`. */
  readonly gzipBytes: number;
  /** Retained by an instance; undefined where there are none. */
  readonly instanceBytes?: number;
  /** Retained by a call while it waits, beyond what its operation alone retains. */
  readonly pendingBytes: number;
}

const processes = 9;
const instances = 2_000;
const pendingCalls = 5_000;

export async function costs(): Promise<Cost[]> {
  const samples = subjects.map((): number[] => []);
  // In turn: a machine that is slower for a while is slower for all of them.
  for (let round = 0; round < processes; round += 1) {
    for (const [index, subject] of subjects.entries()) samples[index]?.push(importMs(subject));
  }
  const bare = pendingBytes({ imports: '', call: 'operation()' });
  const found: Cost[] = [];
  for (const [index, subject] of subjects.entries()) {
    found.push({
      kind: subject.kind,
      candidate: subject.name,
      importMs: rounded(median(samples[index] ?? []), 1),
      gzipBytes: await gzipBytes(subject),
      ...(subject.make === undefined ? {} : { instanceBytes: instanceBytes(subject) }),
      pendingBytes: pendingBytes(subject) - bare,
    });
  }
  return found;
}

function importMs({ imports }: Subject): number {
  const names = [...imports.matchAll(/from '([^']+)'/g)].map(([, name]) => `import('${name}')`);
  return inFreshProcess(`
    const startedAt = performance.now();
    await Promise.all([${names.join(', ')}]);
    console.log(performance.now() - startedAt);
  `);
}

async function gzipBytes({ call, imports, make = 'undefined' }: Subject): Promise<number> {
  const { outputFiles } = await build({
    stdin: {
      contents: `${imports}
        export const create = (operation) => ${make};
        export const use = (instance, operation) => ${call};`,
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    // What opossum asks of Node.js is Node.js's.
    external: ['node:*', 'events', 'os'],
    logLevel: 'error',
  });
  return gzipSync(outputFiles[0]?.contents ?? '', { level: 9 }).length;
}

function instanceBytes({ imports, make }: Subject): number {
  return retainedBytes(imports, instances, `() => ${make}`);
}

function pendingBytes({
  call,
  imports,
  make = 'undefined',
}: Pick<Subject, 'call' | 'imports' | 'make'>): number {
  const pend = `{ const operation = waits; const instance = ${make}; return () => ${call}; }`;
  return retainedBytes(imports, pendingCalls, `(() => ${pend})()`);
}

/** Per item of many that are kept; the array that keeps them is there before. */
function retainedBytes(imports: string, count: number, make: string): number {
  const bytes = inFreshProcess(`
    ${imports}
    const operation = async () => 1;
    const waiting = [];
    // Whoever will settle it holds it, as a socket does.
    const waits = () => new Promise((resolve) => { waiting.push(resolve); });
    const used = async () => {
      for (let turn = 0; turn < 5; turn += 1) {
        await new Promise((resolve) => setTimeout(resolve, 1));
        gc();
      }
      const { heapUsed, external } = process.memoryUsage();
      return heapUsed + external;
    };
    const makeOne = ${make};
    // Compiled code and shapes are paid once.
    let kept = Array.from({ length: 500 }, makeOne);
    kept = new Array(${count}).fill(undefined);
    const before = await used();
    for (let index = 0; index < ${count}; index += 1) kept[index] = makeOne();
    const after = await used();
    console.log((after - before) / kept.length);
    process.exit();
  `);
  return Math.round(bytes);
}

function inFreshProcess(code: string): number {
  const words = [...process.execArgv, '--expose-gc', '--input-type=module', '--eval', code];
  const options = { encoding: 'utf8', cwd: import.meta.dirname } as const;
  return Number(execFileSync(process.execPath, words, options));
}
