import type { Agenda } from './agenda.ts';
import type { Disturbance, Trigger } from './triggers.ts';

/** Told after each change; `isFlush` when caches are to forget what they hold. */
type ChangeListener = (isFlush: boolean) => void;

/** What triggers make of the world, for servers and loads to heed. Disturbances that overlap add up. */
export class Conditions {
  /** The share of its slots that a server has. */
  capacity = 1;
  latencyTimes = 1;
  latencyAddMs = 0;
  /** The share of requests that fail. */
  errorShare = 0;
  loadTimes = 1;
  readonly #active: Set<Disturbance> = new Set();
  readonly #listeners: ChangeListener[] = [];
  readonly #shards: Map<number, Conditions> = new Map();
  readonly #served: Set<number> = new Set();
  readonly #above: Conditions | undefined;

  constructor(above?: Conditions) {
    this.#above = above;
    above?.onChange((isFlush) => this.#change(isFlush));
  }

  /** The conditions under which a shard is: those of all, and its own. For the server that is the shard. */
  ofShard(shard: number): Conditions {
    this.#served.add(shard);
    return this.#at(shard);
  }

  /** Shards that a server stands for. */
  get shards(): ReadonlySet<number> {
    return this.#served;
  }

  #at(shard: number): Conditions {
    const own = this.#shards.get(shard) ?? new Conditions(this);
    this.#shards.set(shard, own);
    return own;
  }

  onChange(listener: ChangeListener): void {
    this.#listeners.push(listener);
  }

  plan(triggers: readonly Trigger[], agenda: Agenda): void {
    for (const trigger of triggers) {
      const at = trigger.shard === undefined ? this : this.#at(trigger.shard);
      if (trigger.kind === 'flush') {
        agenda.after(trigger.fromMs, () => at.#change(true));
      } else {
        agenda.after(trigger.fromMs, () => {
          at.#active.add(trigger);
          at.#change(false);
        });
        agenda.after(trigger.fromMs + trigger.forMs, () => {
          at.#active.delete(trigger);
          at.#change(false);
        });
      }
    }
  }

  #change(isFlush: boolean): void {
    const above = this.#above;
    this.capacity = above?.capacity ?? 1;
    this.latencyTimes = above?.latencyTimes ?? 1;
    this.latencyAddMs = above?.latencyAddMs ?? 0;
    this.loadTimes = above?.loadTimes ?? 1;
    let successShare = 1 - (above?.errorShare ?? 0);
    for (const trigger of this.#active) {
      switch (trigger.kind) {
        case 'capacity':
          this.capacity *= 1 - trigger.lost;
          break;
        case 'latency':
          this.latencyTimes *= trigger.times ?? 1;
          this.latencyAddMs += trigger.addMs ?? 0;
          break;
        case 'errors':
          successShare *= 1 - trigger.share;
          break;
        case 'load':
          this.loadTimes *= trigger.times;
          break;
      }
    }
    this.errorShare = 1 - successShare;
    for (const listener of this.#listeners) listener(isFlush);
  }
}
