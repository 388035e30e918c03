import type {
  DeadLettersUnderTest,
  LetterFilter,
  ParkedError,
  TaskError,
} from '../conformance/dead-letters-under-test.ts';

interface Letter {
  readonly task: string;
  readonly at: number;
  readonly error: ParkedError;
  status: 'parked' | 'replaying' | 'replayed';
}

type Enqueue = (task: string) => Promise<void>;

/** A small dead letter queue that keeps every law, in pieces that a mutant can replace one by one. */
export class SpecimenDeadLetters implements DeadLettersUnderTest {
  readonly maxReplays = 2;
  readonly capacity: number = 30;
  protected time = 0;
  protected readonly letters: Map<string, Letter> = new Map();
  protected drops = 0;
  readonly #replays = new Map<string, number>();
  #added = 0;

  readonly advance = (ms: number): Promise<void> => {
    this.time += ms;
    return Promise.resolve();
  };

  readonly dropped = (): Promise<number> => Promise.resolve(this.drops);

  readonly park = (task: string, error: TaskError): Promise<string> => {
    this.#added += 1;
    const id = `letter-${this.#added}`;
    this.letters.set(id, { task, at: this.time, error: this.record(error), status: 'parked' });
    this.makeRoom();
    return Promise.resolve(id);
  };

  readonly parked: DeadLettersUnderTest['parked'] = () =>
    Promise.resolve(
      [...this.letters]
        .filter(([, letter]) => this.isParked(letter))
        .map(([id, { error, task }]) => ({ id, task, error })),
    );

  readonly replay = async (id: string, enqueue: Enqueue): Promise<void> => {
    const letter = this.letters.get(id);
    if (letter?.status !== 'parked') throw new Error('it is not parked');
    const before = this.#replays.get(letter.task) ?? 0;
    if (before >= this.mostReplays()) throw new Error('it was replayed too often');
    this.lock(letter);
    try {
      await enqueue(letter.task);
    } catch (error) {
      this.putBack(letter);
      throw error;
    }
    letter.status = 'replayed';
    this.#replays.set(letter.task, before + 1);
  };

  readonly replayAll = async (filter: LetterFilter, enqueue: Enqueue): Promise<void> => {
    for (const [id, letter] of this.letters)
      if (letter.status === 'parked' && this.matches(letter, filter))
        await this.replay(id, enqueue);
  };

  readonly purge = (ttlMs: number): Promise<number> => {
    const old = [...this.letters].filter(
      ([, { at, status }]) => status === 'parked' && this.isOlder(this.time - at, ttlMs),
    );
    for (const [id] of old) this.letters.delete(id);
    return Promise.resolve(old.length);
  };

  readonly work: NonNullable<DeadLettersUnderTest['work']> = {
    maxAttempts: 3,
    now: () => this.time,
    run: async (tasks, attempt) => {
      const waiting = tasks.map((task) => ({ task, attempts: 0 }));
      for (let job = waiting.shift(); job !== undefined; job = waiting.shift())
        try {
          job.attempts += 1;
          await attempt(job.task);
        } catch (error) {
          if (this.isDead(error as TaskError, job.attempts))
            await this.park(job.task, error as TaskError);
          else this.retry(waiting, job);
        }
    },
  };

  protected record({ cause, code, message }: TaskError): ParkedError {
    return {
      message,
      ...(code === undefined ? {} : { code }),
      ...(cause instanceof Error ? { cause: this.record(cause) } : {}),
    };
  }

  /** Drops what has been there for longest. */
  protected makeRoom(): void {
    const parked = [...this.letters].filter(([, letter]) => this.isParked(letter));
    const [oldest] = parked;
    if (oldest === undefined || parked.length <= this.capacity) return;
    this.letters.delete(oldest[0]);
    this.drops += 1;
  }

  protected isParked({ status }: Letter): boolean {
    return status === 'parked';
  }

  protected mostReplays(): number {
    return this.maxReplays;
  }

  protected lock(letter: Letter): void {
    letter.status = 'replaying';
  }

  protected putBack(letter: Letter): void {
    letter.status = 'parked';
  }

  protected isOlder(ageMs: number, thanMs: number): boolean {
    return ageMs > thanMs;
  }

  protected matches({ at, error, task }: Letter, filter: LetterFilter): boolean {
    return (
      (filter.task === undefined || filter.task === task) &&
      (filter.code === undefined || filter.code === error.code) &&
      (filter.olderThanMs === undefined || this.isOlder(this.time - at, filter.olderThanMs))
    );
  }

  protected isDead({ retryable = true }: TaskError, attempts: number): boolean {
    return !retryable || attempts >= this.work.maxAttempts;
  }

  /** Behind the others, and not before them. */
  protected retry<Job>(waiting: Job[], job: Job): void {
    waiting.push(job);
  }
}

export type { Letter as SpecimenLetter };
