import type { Command } from 'commander';
import type { Daemon } from '../daemon.ts';

interface StartFlags {
  readonly config?: string;
  readonly port?: string;
  readonly database?: string;
  readonly logLevel?: string;
  readonly set: readonly string[];
}

export function startCommand(program: Command): void {
  program
    .command('start')
    .description('run the daemon until it is told to stop (SIGTERM, Ctrl-C)')
    .option('-c, --config <file>', 'settings; default chimera.yaml if it exists')
    .option('-p, --port <port>', 'short for --set http.port=…')
    .option('--database <file>', 'short for --set database.path=…')
    .option('--log-level <level>', 'short for --set log.level=…')
    .option('--set <path=value>', 'one setting, such as pool.max=20; repeatable', collect, [])
    .action(async (flags: StartFlags) => {
      // Loaded here alone: commands that only ask a daemon start in a fraction of the time.
      const { createLog, loadConfig, startDaemon } = await import('../index.ts');
      const loaded = loadConfig({
        ...(flags.config === undefined ? {} : { file: flags.config }),
        environment: process.env,
        set: [...shorthands(flags), ...flags.set],
      });
      const log = createLog(loaded.config.log.level);
      const daemon = await startDaemon(loaded, { log, environment: process.env });
      process.stdout.write(`chimera listens at ${daemon.url} (pid ${process.pid})\n`);
      await untilStopped(daemon);
      // A module agent that does not heed its signal would keep the process alive.
      process.exit();
    });
}

function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

function shorthands({ port, database, logLevel }: StartFlags): readonly string[] {
  return [
    ...(port === undefined ? [] : [`http.port=${port}`]),
    ...(database === undefined ? [] : [`database.path=${database}`]),
    ...(logLevel === undefined ? [] : [`log.level=${logLevel}`]),
  ];
}

/** The first signal stops gracefully, a second one at once. */
async function untilStopped(daemon: Daemon): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    let stopping: Promise<void> | undefined;
    const onSignal = () => {
      if (stopping !== undefined) return daemon.interrupt();
      stopping = daemon.stop();
      stopping.then(resolve, reject);
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}
