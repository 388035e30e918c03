import { choiceOption, integerOption } from '@chimera/policy';
import { onlyKnown } from '../../check/only-known.ts';
import { objectOption } from '../engine/finite-option.ts';
import type { Site } from '../engine/site.ts';
import { samplerOf, type Times, timesOption } from '../engine/times.ts';
import { answerUnder } from './answer-under.ts';
import { Line } from './line.ts';
import type { Request, Server, ServerOf } from './server.ts';

export interface QueueingOptions {
  /** Requests served at the same time. Default 1. */
  readonly slots?: number;
  /** How long one takes. */
  readonly service: Times;
  /** Who is served next. Default 'fifo'. */
  readonly order?: 'fifo' | 'lifo';
  /** Refuses when so many wait. Default: never. */
  readonly maxQueue?: number;
  /** Passes over requests that nobody waits for any more. Default false: most servers do not know. */
  readonly skipsAbandoned?: boolean;
}

const known = ['slots', 'service', 'order', 'maxQueue', 'skipsAbandoned'];

/**
 * Some slots and a queue before them: M/M/c with exponential service (Erlang's system), M/G/c with
 * any other.
 *
 * @throws RangeError for a wrong option.
 */
export function queueing(options: QueueingOptions): ServerOf {
  objectOption('queueing', 'options', options);
  onlyKnown('queueing', 'the options', options, known);
  timesOption('queueing', 'service', options.service);
  integerOption('queueing', 'slots', options.slots ?? 1, 1);
  integerOption('queueing', 'maxQueue', options.maxQueue ?? Infinity, 0);
  choiceOption('queueing', 'order', options.order ?? 'fifo', ['fifo', 'lifo']);
  return (site) => new Queueing(options, site);
}

class Queueing implements Server {
  readonly heedsAborts: boolean;
  readonly #site: Site;
  readonly #slots: number;
  readonly #maxQueue: number;
  readonly #serviceMs: () => number;
  readonly #line: Line;
  #running = 0;

  constructor(options: QueueingOptions, site: Site) {
    this.#site = site;
    this.#slots = options.slots ?? 1;
    this.#maxQueue = options.maxQueue ?? Infinity;
    this.heedsAborts = options.skipsAbandoned ?? false;
    this.#serviceMs = samplerOf(options.service, site.random);
    this.#line = new Line(options.order ?? 'fifo');
    site.conditions.onChange(() => this.#fill());
  }

  take(request: Request): void {
    if (this.#hasRoom) this.#start(request);
    else if (this.#line.length < this.#maxQueue) this.#line.push(request);
    else request.answered('refused');
  }

  get #hasRoom(): boolean {
    return this.#running < Math.round(this.#slots * this.#site.conditions.capacity);
  }

  #start(request: Request): void {
    const { agenda, conditions } = this.#site;
    this.#running += 1;
    request.startedAt = agenda.now;
    const ms = this.#serviceMs() * conditions.latencyTimes + conditions.latencyAddMs;
    agenda.after(ms, () => {
      this.#running -= 1;
      // Whoever waits goes before whoever comes because of this answer.
      this.#fill();
      request.answered(answerUnder(this.#site));
    });
  }

  #fill(): void {
    while (this.#line.length > 0 && this.#hasRoom) {
      const next = this.#line.next();
      if (next === undefined) return;
      if (next.isAbandoned && this.heedsAborts) next.answered('refused');
      else this.#start(next);
    }
  }
}
