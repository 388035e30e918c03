import { type DeadLetterLaw, expectSame, failure, tasksOf } from './dead-letters-under-test.ts';

/** Laws of what parks, beside those of what is parked. */
export const deathLaw: DeadLetterLaw = {
  id: 'dlq-2',
  name: 'a task is parked when its attempts are used up or an error is final, and never else',
  check: async (queue) => {
    if (queue.work === undefined) return;
    const { maxAttempts, run } = queue.work;
    /** Of each task: attempts that fail, and whether a second try could change it. */
    const plans = new Map([
      ['at-once', { failures: 0, retryable: true }],
      ['exhausted', { failures: maxAttempts, retryable: true }],
      ['final', { failures: 1, retryable: false }],
      ['with-the-last', { failures: maxAttempts - 1, retryable: true }],
    ]);
    const attempts: Record<string, number> = {};
    await run([...plans.keys()], async (task) => {
      const attempt = (attempts[task] ?? 0) + 1;
      attempts[task] = attempt;
      const { failures = 0, retryable = true } = plans.get(task) ?? {};
      if (attempt <= failures) throw failure('broken', { code: 'E_BROKEN', retryable });
    });
    expectSame(await tasksOf(queue), ['exhausted', 'final'], 'parked');
    const counts = [...plans.keys()].map((task) => attempts[task] ?? 0);
    expectSame(counts, [1, maxAttempts, 1, maxAttempts], `attempts of ${[...plans.keys()].join()}`);
  },
};

const serviceMs = 100;

export const poisonLaw: DeadLetterLaw = {
  id: 'dlq-7',
  name: 'what always fails delays the others by its attempts, and not by its waits',
  check: async ({ advance, work }) => {
    if (work === undefined) return;
    const { maxAttempts, now, run } = work;
    const others = ['one', 'two', 'three'];
    const startedAt = now();
    let endedAt = Infinity;
    let poisoned = 0;
    await run(['poison', ...others], async (task) => {
      await advance(serviceMs);
      if (task !== 'poison') endedAt = now();
      // At last it works, lest a queue that never gives up never comes to an end.
      else if ((poisoned += 1) < 10 * maxAttempts) throw failure('broken', { retryable: true });
    });
    const bound = (maxAttempts + others.length) * serviceMs;
    if (endedAt - startedAt > bound)
      throw new Error(`the others are done after ${endedAt - startedAt} ms, and not ${bound} ms`);
  },
};
