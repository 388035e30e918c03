import type {
  DeadLettersUnderTest,
  LetterFilter,
  ParkedError,
  TaskError,
} from '../conformance/dead-letters-under-test.ts';
import type { ContractMutant } from './contract-mutant.ts';
import { SpecimenDeadLetters, type SpecimenLetter } from './specimen-dead-letters.ts';

function mutant(
  name: string,
  breaks: string,
  says: string,
  Made: new () => SpecimenDeadLetters,
): ContractMutant<DeadLettersUnderTest> {
  return { name: `dead-letters/${name}`, says, breaks, create: () => new Made() };
}

/** Dead letter queues with one mistake each; every law of theirs has one that it finds. */
export const deadLetterMutants: readonly ContractMutant<DeadLettersUnderTest>[] = [
  mutant(
    'shows-what-is-gone',
    'dlq-1',
    'shows what was put back as parked',
    class extends SpecimenDeadLetters {
      protected override isParked(): boolean {
        return true;
      }
    },
  ),
  mutant(
    'parks-at-once',
    'dlq-2',
    'parks what a second attempt could do',
    class extends SpecimenDeadLetters {
      protected override isDead(): boolean {
        return true;
      }
    },
  ),
  mutant(
    'retries-what-is-final',
    'dlq-2',
    'takes every error for one that goes away',
    class extends SpecimenDeadLetters {
      protected override isDead(_error: TaskError, attempts: number): boolean {
        return attempts >= this.work.maxAttempts;
      }
    },
  ),
  mutant(
    'one-attempt-more',
    'dlq-2',
    'counts retries where it promised attempts',
    class extends SpecimenDeadLetters {
      protected override isDead({ retryable = true }: TaskError, attempts: number): boolean {
        return !retryable || attempts > this.work.maxAttempts;
      }
    },
  ),
  mutant(
    'lost-on-the-way',
    'dlq-3',
    'takes for put back what could not be',
    class extends SpecimenDeadLetters {
      protected override putBack(letter: SpecimenLetter): void {
        letter.status = 'replayed';
      }
    },
  ),
  mutant(
    'first-line',
    'dlq-4',
    'keeps the first line of a message',
    class extends SpecimenDeadLetters {
      protected override record(error: TaskError): ParkedError {
        const record = super.record(error);
        return { ...record, message: record.message.split('\n')[0] ?? '' };
      }
    },
  ),
  mutant(
    'no-causes',
    'dlq-4',
    'forgets what an error was caused by',
    class extends SpecimenDeadLetters {
      protected override record({ code, message }: TaskError): ParkedError {
        return { message, ...(code === undefined ? {} : { code }) };
      }
    },
  ),
  mutant(
    'unlocked',
    'dlq-5',
    'lets everybody put it back who asks before the first is done',
    class extends SpecimenDeadLetters {
      protected override lock(): void {}
    },
  ),
  mutant(
    'once-more',
    'dlq-6',
    'replays once more than it may',
    class extends SpecimenDeadLetters {
      protected override mostReplays(): number {
        return this.maxReplays + 1;
      }
    },
  ),
  mutant(
    'sleeps-on-the-job',
    'dlq-7',
    'waits for the next attempt where others could work',
    class extends SpecimenDeadLetters {
      protected override retry<Job>(waiting: Job[], job: Job): void {
        this.time += 1_000;
        waiting.push(job);
      }
    },
  ),
  mutant(
    'unbounded',
    'dlq-8',
    'drops nothing',
    class extends SpecimenDeadLetters {
      protected override makeRoom(): void {}
    },
  ),
  mutant(
    'drops-in-silence',
    'dlq-8',
    'drops without counting',
    class extends SpecimenDeadLetters {
      protected override makeRoom(): void {
        super.makeRoom();
        this.drops = 0;
      }
    },
  ),
  mutant(
    'too-early',
    'dlq-9',
    'purges what is just as old as it may be',
    class extends SpecimenDeadLetters {
      protected override isOlder(ageMs: number, thanMs: number): boolean {
        return ageMs >= thanMs / 2;
      }
    },
  ),
  mutant(
    'any-of-the-filter',
    'dlq-10',
    'puts back what matches a part of the filter',
    class extends SpecimenDeadLetters {
      protected override matches(letter: SpecimenLetter, filter: LetterFilter): boolean {
        const parts = Object.entries(filter).map(([name, value]) => ({ [name]: value }));
        return parts.length === 0 || parts.some((part) => super.matches(letter, part));
      }
    },
  ),
];
