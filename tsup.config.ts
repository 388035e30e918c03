import { defineConfig } from 'tsup';

/** One build for every package: each entry named in its package.json becomes dist/<entry>.js and .d.ts. */
export default defineConfig({
  entry: ['src/index.ts'],
  format: ['esm'],
  target: 'node22',
  dts: true,
  clean: true,
  sourcemap: true,
  treeshake: true,
});
