import type { HealthView, ReadinessView } from '@chimera/client';
import type { Clock } from '@chimera/policy';
import type { AwakeClock } from '../control/awake-clock.ts';
import { linesOf, type Logger } from '../log.ts';
import type { DaemonTelemetry } from '../telemetry/daemon-telemetry.ts';
import { DiskProbe } from './disk-probe.ts';
import { healthReader, type HealthSources } from './health-reader.ts';
import type { HealthReading } from './health-reading.ts';
import type { WriteWatch } from './write-watch.ts';
import { HealthMonitor } from './health-monitor.ts';
import { readiness } from './readiness.ts';

export interface DaemonHealthDeps extends Pick<
  HealthSources,
  'agents' | 'config' | 'degradation' | 'isPaused' | 'store'
> {
  /** Path of its file. */
  readonly database: string;
  readonly telemetry: DaemonTelemetry;
  readonly writes: Pick<WriteWatch, 'reason'>;
  readonly isDraining: () => boolean;
  readonly uptimeMs: () => number;
  readonly clock: Clock;
  /** That of the control loops: a machine asleep is not ill. */
  readonly awake: AwakeClock;
  readonly log: Logger;
}

/** What asks the daemon how it is: the monitor, and the answers over HTTP. */
export class DaemonHealth {
  readonly #deps: DaemonHealthDeps;
  readonly #disk: DiskProbe;
  readonly #monitor: HealthMonitor;
  #latest: HealthReading | undefined;

  constructor(deps: DaemonHealthDeps) {
    this.#deps = deps;
    this.#disk = new DiskProbe(deps.database, deps.clock);
    const read = healthReader({
      ...deps,
      disk: this.#disk,
      logError: () => linesOf(deps.log)?.sink.reason?.() ?? null,
      storeError: () => this.#storeError(),
    });
    this.#monitor = new HealthMonitor({
      clock: deps.awake,
      log: deps.log,
      read: async () => (this.#latest = await read()),
    });
    deps.telemetry.registry.observedGauge({
      name: 'chimera_database_writable',
      help: '1 while the database and its disk answer and take writes, looked at each 5 s; else 0.',
      read: (tell) => {
        if (this.#latest === undefined) return;
        const { diskError, storeError } = this.#latest;
        tell(diskError === null && storeError === null ? 1 : 0);
      },
    });
  }

  start(): void {
    this.#monitor.start();
  }

  stop(): void {
    this.#monitor.stop();
  }

  async health(): Promise<HealthView> {
    return { ...(await this.#monitor.look()), uptimeMs: this.#deps.uptimeMs() };
  }

  ready(): Promise<ReadinessView> {
    return readiness({
      isDraining: this.#deps.isDraining,
      storeError: () => this.#storeError(),
      diskError: () => this.#disk.reason(),
    });
  }

  async #storeError(): Promise<string | null> {
    try {
      await this.#deps.telemetry.sample();
      return await this.#deps.writes.reason();
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}
