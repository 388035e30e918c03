import { runCli } from './cli/program.ts';
import { systemReason } from './system-reason.ts';

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever reads has read enough: `chimera list | head`.
  if (error.code === 'EPIPE') process.exit(0);
  process.stderr.write(
    `chimera: standard output cannot be written (${systemReason(error)}); what was asked for may be done all the same\n`,
  );
  process.exit(1);
});
// There is nobody left to tell; the exit code tells it.
process.stderr.on('error', () => {});

await runCli(process.argv);
