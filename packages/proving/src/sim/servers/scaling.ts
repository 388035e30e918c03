import { onlyKnown } from '../../check/only-known.ts';
import { finiteOption, objectOption } from '../engine/finite-option.ts';
import type { Site } from '../engine/site.ts';
import { samplerOf, type Times, timesOption } from '../engine/times.ts';
import { answerUnder } from './answer-under.ts';
import type { Request, Server, ServerOf } from './server.ts';

export interface ScalingOptions {
  /** How long a request takes that is alone. */
  readonly service: Times;
  /** What one waits for each other, as a share of the service (contention, α). Default 0. */
  readonly alpha?: number;
  /** What each two cost each other, as a share of the service (coherence, β). Default 0. */
  readonly beta?: number;
}

/**
 * Takes everybody at once, and is the slower the more there are: Gunther's Universal Scalability
 * Law. With n at the same time a request takes `service · (1 + α(n−1) + βn(n−1))`, n counted when it
 * comes, itself included; throughput peaks at √((1−α)/β).
 *
 * @throws RangeError for a wrong option.
 */
export function scaling(options: ScalingOptions): ServerOf {
  objectOption('scaling', 'options', options);
  onlyKnown('scaling', 'the options', options, ['service', 'alpha', 'beta']);
  timesOption('scaling', 'service', options.service);
  finiteOption('scaling', 'alpha', options.alpha ?? 0);
  finiteOption('scaling', 'beta', options.beta ?? 0);
  return (site) => new Scaling(options, site);
}

class Scaling implements Server {
  readonly #site: Site;
  readonly #alpha: number;
  readonly #beta: number;
  readonly #serviceMs: () => number;
  #running = 0;

  constructor({ service, alpha = 0, beta = 0 }: ScalingOptions, site: Site) {
    this.#site = site;
    this.#alpha = alpha;
    this.#beta = beta;
    this.#serviceMs = samplerOf(service, site.random);
  }

  take(request: Request): void {
    const { agenda, conditions } = this.#site;
    this.#running += 1;
    request.startedAt = agenda.now;
    // Lost capacity crowds those who are there into what is left.
    const n = Math.max(1, this.#running / conditions.capacity);
    const crowding = 1 + this.#alpha * (n - 1) + this.#beta * n * (n - 1);
    const ms = this.#serviceMs() * crowding * conditions.latencyTimes + conditions.latencyAddMs;
    agenda.after(ms, () => {
      this.#running -= 1;
      request.answered(answerUnder(this.#site));
    });
  }
}
