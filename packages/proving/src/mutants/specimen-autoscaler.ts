import type { AutoscalerUnderTest, LoadSeen } from '../conformance/autoscaler-under-test.ts';

export type Way = 'up' | 'down';

/** A small autoscaler that keeps every law, in pieces that a mutant can replace one by one. */
export class SpecimenAutoscaler implements AutoscalerUnderTest {
  readonly min = 2;
  readonly max = 10;
  readonly step = 2;
  readonly cooldownMs = 5_000;
  readonly deadBand: readonly [number, number] = [0.3, 0.8];
  readonly #last: Record<Way, number> = { up: -Infinity, down: -Infinity };

  readonly decide = (seen: LoadSeen): number => {
    const { at, queued, running, size } = seen;
    if (!this.isKnown(running) || !this.isKnown(queued)) return size;
    const way = this.wants(seen);
    if (way === undefined || at - this.#last[way] < this.pause()) return size;
    const to = this.bound(way === 'up' ? this.grown(size) : this.cut(size));
    if (to !== size) this.#last[way] = at;
    return to;
  };

  protected isKnown(value: number): boolean {
    return Number.isFinite(value) && value >= 0;
  }

  protected wants({ queued, running, size }: LoadSeen): Way | undefined {
    if (running / size > this.deadBand[1] || queued > 0) return 'up';
    return running / size <= this.deadBand[0] ? 'down' : undefined;
  }

  protected pause(): number {
    return this.cooldownMs;
  }

  protected grown(size: number): number {
    return size + this.step;
  }

  protected cut(size: number): number {
    return size - 1;
  }

  protected bound(size: number): number {
    return Math.min(this.max, Math.max(this.min, size));
  }
}

/**
 * One that adds `gain` times what is amiss to what it has ordered, whether that has come or not: a
 * right one for `autoscaler-7`, which is about orders under way. Where it rests depends on them, so
 * `autoscaler-4` is not for it.
 */
export class SpecimenFollower implements AutoscalerUnderTest {
  readonly min = 2;
  readonly max = 100;
  readonly step = 98;
  readonly cooldownMs = 0;
  readonly deadBand: readonly [number, number] = [0.4, 0.7];
  readonly gain = 0.3;
  #ordered: number = this.min;

  readonly decide = ({ queued, running, size }: LoadSeen): number => {
    const wanted = running + queued;
    if (!(running >= 0 && queued >= 0 && wanted < Infinity)) return size;
    const [low, high] = this.deadBand;
    const isAmiss = wanted / size > high || (wanted / size <= low && size > this.min);
    if (isAmiss) {
      const amiss = wanted / ((low + high) / 2) - size;
      const to = this.#ordered + this.correction(amiss);
      this.#ordered = Math.min(this.max, Math.max(this.min, running, Math.round(to)));
    }
    return isAmiss ? this.#ordered : size;
  };

  protected correction(amiss: number): number {
    return this.gain * amiss;
  }
}
