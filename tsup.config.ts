import { existsSync, globSync, readFileSync } from 'node:fs';
import { defineConfig } from 'tsup';

interface Manifest {
  readonly exports: Readonly<Record<string, string | { readonly 'chimera-source'?: string }>>;
  /** Commands; what is not there before the build is named for the package that is published alone. */
  readonly publishConfig?: { readonly bin?: Readonly<Record<string, string>> };
}

/** The package that is built: tsup runs in its folder. */
const { exports, publishConfig } = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;

const sources = Object.values(exports).flatMap((target) =>
  typeof target === 'string' ? [] : (target['chimera-source'] ?? []),
);
const commands = [
  ...Object.values(publishConfig?.bin ?? {})
    .filter((file) => file.startsWith('./dist/'))
    .map((file) => file.replace('./dist/', './src/').replace(/\.js$/, '.ts')),
  // Behind a bin/ that looks at the version of Node.js first.
  ...['./src/cli.ts'].filter((file) => existsSync(file)),
];

/** Run by other code of the package, by the name of their file. */
const threads = globSync('./src/**/*-thread-program.ts').map((file) => `./${file}`);

/**
 * The bundler of declarations drops references to libs, and who compiles for ES2022 has no
 * `Disposable` by itself.
 */
const disposes = globSync('./src/**/*.ts').some((file) =>
  /\b(?:Async)?Disposable\b|Symbol\.(?:asyncD|d)ispose\b/.test(readFileSync(file, 'utf8')),
);

/** One build for every package: each entry named in its package.json becomes dist/<entry>.js and .d.ts. */
export default defineConfig({
  entry: Object.fromEntries(
    [...sources, ...commands, ...threads].map((file) => [
      file.replace(/^\.\/src\/|\.ts$/g, ''),
      file,
    ]),
  ),
  format: ['esm'],
  target: 'node22',
  dts: disposes ? { banner: '/// <reference lib="esnext.disposable" />' } : true,
  clean: true,
  sourcemap: true,
  treeshake: true,
  removeNodeProtocol: false,
});
