import { breaker, checkPolicy, lawsOf, type Subject, type World } from '@chimera/proving';
import { expect, test } from 'vitest';
import { type BreakerSnapshot, CircuitBreaker, restore, snapshotOf } from '../src/index.ts';

type Options = ConstructorParameters<typeof CircuitBreaker>[0];

/** A breaker that can be stored, and taken up again by another one. */
function subject(options: Options, world: World, snapshot?: BreakerSnapshot): Subject {
  const circuit = new CircuitBreaker(options, world);
  if (snapshot !== undefined) restore(circuit, snapshot);
  return {
    call: (work, { signal }) =>
      circuit.execute((context) => work(context.signal), signal && { signal }),
    says: (error) =>
      (error as { readonly code?: unknown }).code === 'CIRCUIT_OPEN' ? 'refused' : undefined,
    status: () =>
      circuit.status === 'open' || circuit.status === 'half-open' ? circuit.status : 'closed',
    deadlines: () => [circuit.retryAfterMs],
    snapshot: () => snapshotOf(circuit),
    restart: (stored) => subject(options, world, stored as BreakerSnapshot),
  };
}

test.each([
  [1, 30_000, 1, 300_000],
  [2, 30_000, 1, 300_000],
  [3, 1_000, 3, 5_000],
  [5, 60_000, 2, 10],
])(
  'opening after %i failures for %i ms, with %i probes of %i ms, it keeps every law of breakers',
  async (failuresInARow, openForMs, probes, probeTimeoutMs) => {
    const options: Options = {
      failureThreshold: failuresInARow,
      openFor: openForMs,
      halfOpenProbes: probes,
      probeTimeout: probeTimeoutMs,
    };
    const rules = breaker({ failuresInARow, openForMs, probes, probeTimeoutMs });
    const { laws } = await checkPolicy((world) => subject(options, world), rules, { runs: 200 });
    expect(laws).toEqual(lawsOf('breaker').map(({ id }) => id));
  },
);

test('it can be tested as it is, without a word about it', async () => {
  const rules = breaker({ failuresInARow: 2, openForMs: 30_000, probes: 1 });
  const { laws } = await checkPolicy(
    (world) =>
      new CircuitBreaker({ failureThreshold: 2, openFor: '30s', halfOpenProbes: 1 }, world),
    rules,
    { runs: 50 },
  );
  expect(laws).toContain('breaker-4');
});
