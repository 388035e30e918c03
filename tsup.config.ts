import { existsSync } from 'node:fs';
import { defineConfig } from 'tsup';

/** One build for every package: its front door, and its program where it has one. */
export default defineConfig({
  entry: ['src/index.ts', 'src/cli.ts'].filter((file) => existsSync(file)),
  format: ['esm'],
  target: 'node22',
  dts: true,
  clean: true,
  sourcemap: true,
  treeshake: true,
});
