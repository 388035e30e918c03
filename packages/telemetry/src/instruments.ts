import type { Exemplar } from './exemplar.ts';

export type Labels = Readonly<Record<string, string>>;

/** An instrument by its OpenTelemetry name: dots, and no unit in it. */
export interface Instrument {
  readonly name: string;
  readonly help: string;
  /** UCUM, as OpenTelemetry has it: seconds, bytes, or none. */
  readonly unit: 's' | 'By' | undefined;
  readonly labels: readonly string[];
}

/** An instrument whose labels are given once. */
export interface Binds<Bound> {
  bind(labels: Labels): Bound;
}

export interface Adds {
  add(amount: number, exemplar?: Exemplar): void;
}

export interface Observes {
  observe(value: number, exemplar?: Exemplar): void;
}

export interface Sets {
  set(value: number): void;
}

/** Where the wrappers' numbers go: `registryInstruments(registry)`, or OpenTelemetry. */
export interface Instruments {
  counter(instrument: Instrument): Binds<Adds>;
  histogram(instrument: Instrument): Binds<Observes>;
  gauge(instrument: Instrument): Binds<Sets>;
}

/** Every number goes to both. */
export function bothInstruments(first: Instruments, second: Instruments): Instruments {
  return {
    counter: (instrument) => {
      const [one, other] = [first.counter(instrument), second.counter(instrument)];
      return {
        bind: (labels) => {
          const [here, there] = [one.bind(labels), other.bind(labels)];
          return {
            add: (amount, exemplar) => {
              here.add(amount, exemplar);
              there.add(amount, exemplar);
            },
          };
        },
      };
    },
    histogram: (instrument) => {
      const [one, other] = [first.histogram(instrument), second.histogram(instrument)];
      return {
        bind: (labels) => {
          const [here, there] = [one.bind(labels), other.bind(labels)];
          return {
            observe: (value, exemplar) => {
              here.observe(value, exemplar);
              there.observe(value, exemplar);
            },
          };
        },
      };
    },
    gauge: (instrument) => {
      const [one, other] = [first.gauge(instrument), second.gauge(instrument)];
      return {
        bind: (labels) => {
          const [here, there] = [one.bind(labels), other.bind(labels)];
          return {
            set: (value) => {
              here.set(value);
              there.set(value);
            },
          };
        },
      };
    },
  };
}
