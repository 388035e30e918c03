import { runCli } from './cli/program.ts';

// Whoever reads has read enough: `chimera list | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

await runCli(process.argv);
