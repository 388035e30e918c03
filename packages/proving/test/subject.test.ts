import { describe, expect, test } from 'vitest';
import { checkPolicy, type Create, type ProofError, rateLimit, type World } from '../src/index.ts';
import { onGlobals } from '../src/globals.ts';

const rules = rateLimit({ max: 2, perMs: 1_000 });

class EmptyError extends Error {}

/** A token bucket that knows nothing of the contract. */
class Bucket {
  readonly #clock: World['clock'];
  #roomMs = 1_000;
  #filledAt = 0;

  constructor({ clock }: World) {
    this.#clock = clock;
  }

  run<T>(work: () => T): T {
    const now = this.#clock.monotonic();
    this.#roomMs = Math.min(1_000, this.#roomMs + now - this.#filledAt);
    this.#filledAt = now;
    if (this.#roomMs < 500) throw new EmptyError('no token is left');
    this.#roomMs -= 500;
    return work();
  }

  get roomMs(): number {
    return this.#roomMs;
  }
}

const isEmpty = (error: unknown) => (error instanceof EmptyError ? 'refused' : undefined);

/** What a newcomer may write, whatever the types say. */
type Made = (bucket: Bucket, world: World) => object;

function create(make: Made): Create {
  return (world) => make(new Bucket(world), world) as ReturnType<Create>;
}

function failure(make: Made, options: object = {}): Promise<Error> {
  return checkPolicy(create(make), rules, { runs: 50, ...options }).then(
    () => expect.unreachable('it keeps every law'),
    (error: Error) => error,
  );
}

const execute = (bucket: Bucket) => (operation: (context: object) => unknown) =>
  bucket.run(() => operation({}));

/** Hands on the settings where the signal should be. */
const call = (bucket: Bucket) => (work: (signal: unknown) => unknown, settings: object) =>
  bucket.run(() => work(settings));

describe('beside execute counts', () => {
  test('says, without which a refusal of its own is a wrong answer', async () => {
    const plain = await failure((bucket) => ({ execute: execute(bucket) }));
    expect(plain).toMatchObject({ law: 'call-5' });
    expect(plain.message).toContain("Let its says(error) tell: 'refused'");
    const told = create((bucket) => ({ execute: execute(bucket), says: isEmpty }));
    await expect(checkPolicy(told, rules)).resolves.toMatchObject({ runs: 1_000 });
  });

  test('retryAfterMs', async () => {
    const error = await failure((bucket) => ({
      execute: execute(bucket),
      says: isEmpty,
      retryAfterMs: () => 1,
    }));
    expect(error).toMatchObject({ law: 'rate-limit-3' });
  });

  test('snapshot and restart, of a class as well', async () => {
    class Forgetful {
      readonly #bucket: Bucket;
      readonly #world: World;

      constructor(world: World) {
        this.#world = world;
        this.#bucket = new Bucket(world);
      }

      execute(operation: () => unknown): unknown {
        return this.#bucket.run(operation);
      }

      says(error: unknown) {
        return isEmpty(error);
      }

      snapshot(): unknown {
        return this.#bucket.roomMs;
      }

      restart(): Forgetful {
        return new Forgetful(this.#world);
      }
    }
    const error = await failure((_bucket, world) => new Forgetful(world), { runs: 1_000 });
    expect(error).toMatchObject({ name: 'ProofError' });
    expect((error as ProofError).timeline).toContain('it is stored, and taken up again');
  });

  test('close and status()', async () => {
    let closed = 0;
    const make = create((bucket) => ({
      execute: execute(bucket),
      says: isEmpty,
      status: () => 'closed',
      close: () => {
        closed += 1;
      },
    }));
    await checkPolicy(make, rules, { runs: 1, laws: ['rate-limit-1'] });
    expect(closed).toBe(1);
    const error = await failure((bucket) => ({ execute: execute(bucket), status: () => 'closed' }));
    expect((error as ProofError).timeline).toContain('circuit');
  });
});

test('a subject of a class is taken under onGlobals too', async () => {
  class Adapter {
    readonly #bucket: Bucket;

    constructor(world: World) {
      this.#bucket = new Bucket(world);
    }

    call(work: (signal: undefined) => unknown): unknown {
      return this.#bucket.run(() => work(undefined));
    }

    says(error: unknown) {
      return isEmpty(error);
    }
  }
  const made = onGlobals((world) => new Adapter(world));
  await expect(checkPolicy(made, rules, { runs: 50 })).resolves.toMatchObject({ runs: 50 });
});

describe('refused, whatever the laws would say, is', () => {
  test.each<[what: string, make: Made, message: string]>([
    [
      'a word that is none',
      (bucket) => ({ execute: execute(bucket), says: () => 'rejected' }),
      "proving: what says returns must be 'refused', 'timed out', 'aborted' or undefined, got \"rejected\"",
    ],
    [
      'false for a word',
      (bucket) => ({ execute: execute(bucket), says: () => false }),
      "proving: what says returns must be 'refused', 'timed out', 'aborted' or undefined, got false",
    ],
    [
      'a status that is none',
      (bucket) => ({ execute: execute(bucket), status: () => 'OPEN' }),
      "proving: what status returns must be 'closed', 'open', 'half-open' or '', got \"OPEN\"",
    ],
    [
      'a status beside call that is no function',
      (bucket) => ({ call: call(bucket), status: 'open' }),
      'proving: status beside call must be a function, got "open"',
    ],
    [
      'a wait beside call that is no function',
      (bucket) => ({ call: call(bucket), retryAfterMs: 0 }),
      'proving: retryAfterMs beside call must be a function, got 0',
    ],
    [
      'something that says, and cannot be called',
      (bucket) => ({ execute: execute(bucket), says: 'refused' }),
      'proving: says of a policy must be a function, got "refused"',
    ],
    [
      'what can neither call nor execute',
      (bucket) => bucket,
      'proving: what create returns must be an object with execute or call, got object',
    ],
    [
      'the settings of a call where its signal should be',
      (bucket) => ({ call: call(bucket), says: isEmpty }),
      'proving: the signal of an operation must be an AbortSignal or undefined: execute gives its operation { signal }, call gives work the signal itself, got object',
    ],
  ])('%s', async (_what, make, message) => {
    const error = await failure(make);
    expect(error).toBeInstanceOf(RangeError);
    expect(error.message).toBe(message);
  });

  test('the same, by a policy that hides what its operation throws', async () => {
    const error = await failure((bucket) => ({
      call: async (work: (signal: unknown) => unknown) => {
        try {
          return await bucket.run(() => work(1));
        } catch {
          return undefined;
        }
      },
    }));
    expect(error.message).toMatch(/^proving: the signal of an operation must be .+, got 1$/);
  });
});

test('what says throws is thrown as it is', async () => {
  const mistake = new TypeError('no such field');
  const error = await failure((bucket) => ({
    execute: execute(bucket),
    says: () => {
      throw mistake;
    },
  }));
  expect(error).toBe(mistake);
});
