import { readdirSync, existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** Every workspace folder with a `test` folder is a project of its own, so `vitest --project retry-policy` runs one. */
const folders = [
  ...['packages', 'apps', 'examples'].flatMap((parent) =>
    existsSync(parent)
      ? readdirSync(parent).map((name) => ({ name, root: `${parent}/${name}` }))
      : [],
  ),
  { name: 'campaigns', root: 'campaigns' },
  { name: 'certificate', root: 'certificate' },
  { name: 'conformance', root: 'conformance' },
  { name: 'deploy', root: 'deploy' },
].filter(({ root }) => existsSync(`${root}/test`));

export default defineConfig({
  test: {
    // Vitest leaves a core free, which on two cores is one at a time; many tests wait for processes.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    globalSetup: [join(import.meta.dirname, 'vitest.global-setup.ts')],
    projects: folders.map(({ name, root }) => ({
      root,
      resolve: { conditions: ['chimera-source'] },
      ssr: { resolve: { conditions: ['chimera-source'] } },
      test: {
        name,
        setupFiles: [join(import.meta.dirname, 'vitest.setup.ts')],
        include: ['test/**/*.test.ts'],
        typecheck: { enabled: false },
        testTimeout: 30_000,
      },
    })),
  },
});
