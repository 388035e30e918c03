import type { Adds, Binds, Instruments, Labels, Observes, Sets } from './instruments.ts';
import { type Outcome, outcomes } from './outcome.ts';
import type { Recipe } from './recipe.ts';
import type { Telemetry } from './telemetry.ts';
import type { Tracing } from './tracing.ts';

/** Kinds of errors that are told apart; a label must not grow with what is thrown. */
const mostErrorTypes = 100;

/** A recipe with its instruments bound: what one call has to do is looked up once for all calls. */
export class Plan {
  readonly recipe: Recipe;
  readonly tracing: Tracing | undefined;
  readonly duration: Observes | undefined;
  readonly calls: Readonly<Record<Outcome, Adds>> | undefined;
  readonly hits: Adds | undefined;
  readonly misses: Adds | undefined;
  readonly memory: Sets | undefined;
  readonly #errors: Binds<Adds> | undefined;
  readonly #byType = new Map<string, Adds>();

  constructor(recipe: Recipe, { instruments, tracing }: Telemetry) {
    this.recipe = recipe;
    this.tracing = recipe.span === undefined ? undefined : tracing;
    if (instruments === undefined) return;
    const { duration, calls, errors, cache, memory, labels } = recipe;
    const names = Object.keys(labels);
    if (duration !== undefined) {
      const help = 'How long the calls took.';
      const instrument = { name: duration, help, unit: 's', labels: names } as const;
      this.duration = instruments.histogram(instrument).bind(labels);
    }
    if (calls !== undefined) this.calls = callsBy(instruments, calls.name, labels, names);
    if (errors !== undefined) {
      const help = 'Calls that failed, by the type of the error.';
      const withType = [...names, 'error.type'];
      this.#errors = instruments.counter({ name: errors, help, unit: undefined, labels: withType });
    }
    if (cache !== undefined) {
      const [hits, misses] = [cache.hits, cache.misses].map((name) =>
        instruments.counter({ name, help: 'Cache reads.', unit: undefined, labels: names }),
      );
      this.hits = hits?.bind(labels);
      this.misses = misses?.bind(labels);
    }
    if (memory !== undefined) {
      const help = 'The most memory seen in use during the latest call.';
      const instrument = { name: memory.name, help, unit: 'By', labels: names } as const;
      this.memory = instruments.gauge(instrument).bind(labels);
    }
  }

  error(type: string): Adds | undefined {
    const known = this.#byType.get(type);
    if (known !== undefined || this.#errors === undefined) return known;
    const shown = this.#byType.size < mostErrorTypes ? type : 'other';
    const counter = this.#errors.bind({ ...this.recipe.labels, 'error.type': shown });
    if (shown === type) this.#byType.set(type, counter);
    return counter;
  }
}

/** All bound at once: a rate can be told only of a series that was there before. */
function callsBy(
  instruments: Instruments,
  name: string,
  labels: Labels,
  names: readonly string[],
): Readonly<Record<Outcome, Adds>> {
  const help = 'Calls that ended, by how they ended.';
  const counter = instruments.counter({
    name,
    help,
    unit: undefined,
    labels: [...names, 'status'],
  });
  const bound = outcomes.map((status) => [status, counter.bind({ ...labels, status })]);
  return Object.fromEntries(bound) as Record<Outcome, Adds>;
}
