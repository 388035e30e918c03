import type { Command } from 'commander';
import type { FlagSetting } from '../config/environment.ts';
import type { Daemon } from '../daemon.ts';
import type { StopReport } from '../executor-pool/executor-pool.ts';
import { printLines } from './output.ts';
import { stopLines } from './pool-commands.ts';

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
    .description('run the daemon until it is told to stop (SIGTERM, Ctrl-C, its terminal closed)')
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
        set: flags.set,
        flags: shorthands(flags),
      });
      const log = createLog(loaded.config.log.level);
      // Work goes on without it: the log has the address, too.
      process.stdout.removeAllListeners('error').on('error', (error: Error) => {
        log.warn({ err: error, component: 'daemon' }, 'standard output cannot be written');
      });
      const starting = startDaemon(loaded, { log, environment: process.env });
      const daemon = await starting.catch((error: unknown) => {
        // What a module agent began when it was loaded would keep the process alive; first it is told why.
        setImmediate(() => process.exit());
        throw error;
      });
      process.stdout.write(`chimera listens at ${daemon.url} (pid ${process.pid})\n`);
      const report = await untilStopped(daemon);
      printLines(stopLines(report));
      // A module agent that does not heed its signal would keep the process alive.
      process.exit();
    });
}

function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

function shorthands({ port, database, logLevel }: StartFlags): readonly FlagSetting[] {
  const flags = [
    { flag: '--port', path: 'http.port', value: port },
    { flag: '--database', path: 'database.path', value: database },
    { flag: '--log-level', path: 'log.level', value: logLevel },
  ];
  return flags.flatMap(({ value, ...flag }) => (value === undefined ? [] : [{ ...flag, value }]));
}

/**
 * The first signal stops gracefully, a second one at once; a terminal that is closed may say so
 * twice. A drain stops without any.
 */
async function untilStopped(daemon: Daemon): Promise<StopReport> {
  let isStopping = false;
  const onSignal = () => {
    if (isStopping) return daemon.interrupt();
    isStopping = true;
    void daemon.stop();
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  process.on('SIGHUP', () => {
    if (!isStopping) onSignal();
  });
  return daemon.stopped;
}
