interface Spell {
  readonly fromMs: number;
  readonly forMs: number;
  /** Only this shard; the first is 0. Default: all that is there. */
  readonly shard?: number;
}

/** What happens to a system from outside for a while. */
export type Disturbance =
  /** Loses this share of its slots; what runs in them still ends. */
  | (Spell & { readonly kind: 'capacity'; readonly lost: number })
  /** Service takes so many times as long, and so much longer. */
  | (Spell & { readonly kind: 'latency'; readonly times?: number; readonly addMs?: number })
  /** This share of requests fails. */
  | (Spell & { readonly kind: 'errors'; readonly share: number })
  /** So many times the load comes, wherever it goes. */
  | (Omit<Spell, 'shard'> & {
      readonly kind: 'load';
      readonly times: number;
      readonly shard?: never;
    });

/** A disturbance, or caches that forget everything at an instant. */
export type Trigger =
  Disturbance | { readonly kind: 'flush'; readonly fromMs: number; readonly shard?: number };

/** The instant after which nothing of a fault plan lasts. */
export function endOf(triggers: readonly Trigger[]): number {
  return Math.max(
    0,
    ...triggers.map((trigger) => trigger.fromMs + ('forMs' in trigger ? trigger.forMs : 0)),
  );
}

/** No more than so many times its rate does a load reach under these triggers. */
export function peakTimes(triggers: readonly Trigger[]): number {
  return triggers.reduce(
    (peak, trigger) => (trigger.kind === 'load' ? peak * Math.max(1, trigger.times) : peak),
    1,
  );
}
