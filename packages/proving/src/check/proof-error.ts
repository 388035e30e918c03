import type { History } from './history.ts';
import type { Verdict } from './judge.ts';
import { encode, type Proof } from './prv.ts';
import { timeline } from './timeline.ts';

/** A policy broke a law. The message has all that it takes to see it again. */
export class ProofError extends Error {
  override readonly name = 'ProofError';
  readonly code = 'LAW_BROKEN';
  /** Of the law, such as `breaker-4`. */
  readonly law: string;
  readonly seed: number;
  /** The number of the program in which it was found; the first is 1. */
  readonly run: number;
  readonly steps: number;
  // The message has these three; as fields of its own, Node.js would print them after it once more.
  readonly #proof: string;
  readonly #timeline: string;
  readonly #testFile: string;

  /** @param except the laws to leave out for the others to be tried; undefined when there are none. */
  constructor(
    name: string,
    verdict: Verdict,
    found: Proof,
    run: number,
    except?: readonly string[],
  ) {
    const { law, breach, history } = verdict;
    const proof = encode(found);
    const drawn = `${timeline(history, lastShown(history, breach.at))}  ← ${law.id}`;
    const testFile = testFileOf(law.id, proof);
    super(
      [
        `${name} breaks ${law.id}: ${breach.says}`,
        `  ${law.prose}`,
        ...causeOf(history),
        ...ownErrorOf(verdict),
        '',
        drawn.replaceAll(/^/gm, '  '),
        '',
        `  seed ${found.seed}, run ${run}, ${found.program.length} steps`,
        `  ${JSON.stringify(found.rules, (_key, value: unknown) => (value === Infinity ? 'Infinity' : value))}`,
        '',
        ...othersAfter(except),
        '  To see it again:',
        '',
        testFile.replaceAll(/^(?=.)/gm, '    '),
      ].join('\n'),
    );
    this.law = law.id;
    this.seed = found.seed;
    this.run = run;
    this.steps = found.program.length;
    this.#proof = proof;
    this.#timeline = drawn;
    this.#testFile = testFile;
  }

  /** The `prv1:` string: {@link replay} takes it. */
  get proof(): string {
    return this.#proof;
  }

  get timeline(): string {
    return this.#timeline;
  }

  /** A test file that replays it. */
  get testFile(): string {
    return this.#testFile;
  }
}

function causeOf({ machineTimers = 0 }: History): readonly string[] {
  if (machineTimers === 0) return [];
  const count = machineTimers === 1 ? 'A timer' : `${machineTimers} timers`;
  return [
    `  ${count} of the machine ${machineTimers === 1 ? 'was' : 'were'} set meanwhile, which virtual time does not wait for: likely the cause.`,
    "  Hand the policy the world's clock, (world) => new Policy({ … }, world), or wrap it: onGlobals(create) of @chimera/proving/globals.",
  ];
}

/** An error that no operation gave may be how the policy refuses; it takes `says` to know. */
function ownErrorOf({ law, breach, history }: Verdict): readonly string[] {
  const event = history.seen[breach.at];
  const isOwn = event?.type === 'answered' && event.answer.as === 'other';
  return isOwn && law.id === 'call-5'
    ? [
        "  An error of the policy's own? Let its says(error) tell: 'refused', 'timed out' or 'aborted'.",
      ]
    : [];
}

/** One law is told at a time, the first that was found to be broken. */
function othersAfter(except: readonly string[] | undefined): readonly string[] {
  if (except === undefined) return [];
  const ids = except.map((id) => `'${id}'`).join(', ');
  return [`  To go on to the other laws: { except: [${ids}] }`, ''];
}

/** What follows from the event at the same instant belongs to it. */
function lastShown({ seen }: History, from: number): number {
  const follows = seen.findIndex(
    (event, index) =>
      index > from &&
      !(event.at === seen[from]?.at && (event.type === 'answered' || event.type === 'status')),
  );
  return follows === -1 ? seen.length - 1 : follows - 1;
}

function testFileOf(law: string, proof: string): string {
  return [
    "import { test } from 'node:test';",
    "import { replay } from '@chimera/proving';",
    "import { create } from './create-policy.ts'; // (world) => your policy",
    '',
    `test('keeps ${law}', () =>`,
    `  replay('${proof}', create));`,
    '',
  ].join('\n');
}
