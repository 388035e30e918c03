#!/usr/bin/env node
import { existsSync } from 'node:fs';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(`chimera needs Node.js >= 22.18, this is ${process.version}`);
  process.exit(2);
}
const program = new URL('../dist/cli.js', import.meta.url);
if (!existsSync(program)) {
  console.error(
    'chimera is not built yet; type in the root of its repository: npx -y pnpm@10 run build',
  );
  process.exit(1);
}
await import(program.href);
