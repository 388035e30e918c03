import { EventEmitter } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { VirtualClock } from '@chimera/policy';
import Database from 'better-sqlite3';
import { sql } from 'kysely';
import { beforeEach, expect, test, vi } from 'vitest';
import type { Batch, BatchFile, WorkflowStore } from '../src/index.ts';
import type { FromWriter, ToWriter } from '../src/writer-thread-program.ts';
import { WriterThread } from '../src/writer-thread.ts';
import { turns } from './held-writer.ts';
import { claimUpTo, newWorkflow, startsAt, submitOne, temporaryStore } from './temporary-store.ts';

interface Begun {
  readonly worker: Worker;
  /** Resolves when it takes batches. */
  readonly isOpen: Promise<void>;
  readonly commits: { done: number; failed: number };
}

/** The threads that were begun, and what the next ones are. */
const threads = vi.hoisted(() => ({
  begun: [] as Begun[],
  pragmas: [] as readonly string[],
  pretended: undefined as unknown as (() => object) | undefined,
}));

vi.mock('node:worker_threads', async (original) => {
  const real = await original<{ readonly Worker: typeof Worker }>();
  return {
    ...real,
    Worker: function begin(program: URL, options: { readonly workerData: BatchFile }) {
      if (threads.pretended !== undefined) return threads.pretended();
      const { workerData } = options;
      const pragmas = [...workerData.pragmas, ...threads.pragmas];
      const worker = new real.Worker(program, {
        ...options,
        workerData: { ...workerData, pragmas },
      });
      const commits = { done: 0, failed: 0 };
      const isOpen = new Promise<void>((resolve) => {
        worker.on('message', (message: FromWriter) => {
          if (message === 'open') resolve();
          else commits[message.isCommitted ? 'done' : 'failed'] += 1;
        });
      });
      threads.begun.push({ worker, isOpen, commits });
      return worker;
    },
  };
});

beforeEach(() => {
  threads.begun = [];
  threads.pragmas = [];
  threads.pretended = undefined;
});

/** What is known of a thread from outside, and what it is told. */
class PretendedThread extends EventEmitter {
  readonly heard: ToWriter[] = [];
  isRef = true;

  /** As a worker does: who listens to what it says keeps the process alive. */
  override on(event: string, listener: (...said: unknown[]) => void): this {
    if (event === 'message') this.ref();
    return super.on(event, listener);
  }

  postMessage(message: ToWriter): void {
    this.heard.push(message);
  }

  ref(): void {
    this.isRef = true;
  }

  unref(): void {
    this.isRef = false;
  }

  says(message: FromWriter): void {
    this.emit('message', message);
  }

  number(index: number): number {
    const message = this.heard[index];
    return typeof message === 'object' ? message.number : -1;
  }
}

function pretended(onDisk: ReadonlySet<number> = new Set(), mayRead = () => true) {
  const thread = new PretendedThread();
  threads.pretended = () => thread;
  const clock = new VirtualClock();
  const isOnDisk = (event: number) => {
    if (!mayRead()) throw new Error('disk I/O error');
    return onDisk.has(event);
  };
  const file = { path: '', texts: [], pragmas: [], timeout: 0 };
  const writer = new WriterThread(file, { isOnDisk, clock });
  const ends: (boolean | undefined)[] = [];
  const write = (lastEvent: number) => {
    const index = ends.push(undefined) - 1;
    const batch: Batch = { steps: lastEvent === 0 ? [] : [0, [lastEvent]], lastEvent };
    void writer.write(batch).then((isCommitted) => (ends[index] = isCommitted));
  };
  return { clock, ends, thread, write, writer };
}

const told = () => new Promise((resolve) => setImmediate(resolve));

test('it takes nothing before it has begun, and keeps a process alive only while it is waited for', async () => {
  const { ends, thread, write, writer } = pretended();
  expect(writer.isOpen).toBe(false);
  expect(thread.isRef).toBe(false);
  write(1);
  await told();
  expect(ends).toEqual([false]);
  thread.says('open');
  expect(writer.isOpen).toBe(true);
  expect(thread.isRef).toBe(false);
  write(2);
  write(3);
  expect(thread.isRef).toBe(true);
  thread.says({ number: thread.number(0), isCommitted: true });
  expect(thread.isRef).toBe(true);
  thread.says({ number: thread.number(1), isCommitted: true });
  expect(thread.isRef).toBe(false);
  await told();
  expect(ends).toEqual([false, true, true]);
});

test('a batch that fails takes all after it along, and what is said of those later counts for nothing', async () => {
  const { ends, thread, write } = pretended();
  thread.says('open');
  for (const event of [1, 2, 3]) write(event);
  thread.says({ number: thread.number(0), isCommitted: true });
  thread.says({ number: thread.number(1), isCommitted: false });
  write(4);
  thread.says({ number: thread.number(2), isCommitted: false });
  await told();
  expect(ends).toEqual([true, false, false, undefined]);
  thread.says({ number: thread.number(3), isCommitted: true });
  await told();
  expect(ends).toEqual([true, false, false, true]);
  const lines = thread.heard.map((message) => typeof message === 'object' && message.line);
  expect(lines).toEqual([0, 0, 0, 1]);
});

test('when it ends without a word, what is on the disk counts as written, and the rest as not', async () => {
  // The batch of no events stands with those before it, and hides none behind it.
  const { ends, thread, write, writer } = pretended(new Set([5, 7]));
  thread.says('open');
  for (const event of [5, 0, 7, 9, 0]) write(event);
  thread.emit('exit', 1);
  await told();
  expect(ends).toEqual([true, true, true, false, false]);
  expect(writer.isOpen).toBe(false);
  expect(thread.isRef).toBe(false);
  write(11);
  await told();
  expect(ends.at(-1)).toBe(false);
  await writer.close();
  expect(thread.heard).not.toContain('close');
});

test('while the disk cannot be read, nobody hears of anything, and it is asked again', async () => {
  let reads = 0;
  const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  // It fails at once, then when it has told of one, then answers.
  const mayRead = () => [false, true, false, false][reads++] ?? true;
  const { clock, ends, thread, write, writer } = pretended(new Set([5, 7]), mayRead);
  thread.says('open');
  for (const event of [5, 7, 9]) write(event);
  thread.emit('exit', 1);
  await told();
  expect(ends).toEqual([undefined, undefined, undefined]);
  expect(writer.isOpen).toBe(false);
  await clock.advance(1_000);
  await told();
  expect(ends).toEqual([true, undefined, undefined]);
  await clock.advance(1_000);
  expect(reads).toBe(4);
  await clock.advance(1_000);
  await told();
  expect(ends).toEqual([true, true, false]);
  expect(clock.nextTimerAt).toBeUndefined();
  expect(warnings).toHaveBeenCalledTimes(1);
  warnings.mockRestore();
});

test('one that is told of as closed before it began does not open any more', async () => {
  const { thread, writer } = pretended();
  const closed = writer.close();
  thread.says('open');
  expect(writer.isOpen).toBe(false);
  expect(thread.heard).toEqual(['close']);
  thread.emit('exit', 0);
  await closed;
});

/** Until its thread is there: before, everything is written here. */
async function threadedStore(): Promise<Begun & { readonly store: WorkflowStore }> {
  const { store } = await temporaryStore({ writerThread: true });
  await store.submit([newWorkflow({ input: { n: -1 } })]);
  const begun = threads.begun.at(-1);
  if (begun === undefined) throw new Error('no thread was begun');
  await begun.isOpen;
  return { ...begun, store };
}

/** So many submits, all claimed, each first phase ended, and one in five of them cancelled: in bursts. */
async function work(store: WorkflowStore): Promise<void> {
  await Promise.all(
    Array.from({ length: 300 }, (_, n) =>
      store.submit([newWorkflow({ input: { n }, idempotencyKey: `k${n % 290}`, priority: n % 7 })]),
    ),
  ).catch(() => undefined);
  const settled = await Promise.all(Array.from({ length: 12 }, () => claimUpTo(store, 25)));
  await Promise.all(
    settled.flat().flatMap(({ record: { id, input }, token }) => {
      const event = { type: 'phase-succeeded', at: startsAt, output: input.n ?? null } as const;
      const ended = store.apply({ workflowId: id, token, event });
      const reason = 'why not';
      const cancelled = { type: 'cancel-requested', at: startsAt, reason } as const;
      return Number(input.n) % 5 === 0
        ? [ended, store.apply({ workflowId: id, event: cancelled })]
        : [ended];
    }),
  );
}

/** All there is to see, by what was submitted: ids are drawn again when a group is run again. */
async function everything(store: WorkflowStore) {
  const { items } = await store.list({ limit: 1_000 });
  const names = new Map(items.map(({ id, input }) => [id, JSON.stringify(input.n)]));
  const events = await store.events({ limit: 10_000 });
  const numbers = events.map(({ seq }) => seq);
  expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  const histories: Record<string, unknown[]> = {};
  for (const { data, type, workflowId } of events)
    (histories[names.get(workflowId) ?? workflowId] ??= []).push([type, data]);
  const records = items
    .map((record) => ({ ...record, id: '', lease: record.lease?.token }))
    .sort((a, b) => Number(a.input.n) - Number(b.input.n));
  return { histories, records, counts: await store.counts(), depth: await store.depth() };
}

test('hundreds of calls at a time leave the same with a thread and without', async () => {
  const { store: alone } = await temporaryStore();
  await alone.submit([newWorkflow({ input: { n: -1 } })]);
  const { commits, store } = await threadedStore();
  await Promise.all([work(alone), work(store)]);
  expect(commits.done).toBeGreaterThan(5);
  const seen = await everything(store);
  expect(seen.records.length).toBeGreaterThan(250);
  expect(seen).toEqual(await everything(alone));
});

test('a thread that is ended in the middle of it loses and doubles nothing, and the store goes on', async () => {
  const { commits, store, worker } = await threadedStore();
  let acknowledged = 0;
  const all = Array.from({ length: 600 }, async (_, n) => {
    const [submitted] = await store.submit([newWorkflow({ input: { n } })]);
    acknowledged += 1;
    if (acknowledged === 100) void worker.terminate();
    return submitted?.id;
  });
  const ids = await Promise.all(all);
  expect(commits.done).toBeGreaterThan(0);
  const { items } = await store.list({ limit: 1_000 });
  expect(new Set(items.map(({ id }) => id)).size).toBe(601);
  expect(new Set(items.map(({ input }) => input.n)).size).toBe(601);
  expect(items.map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
  expect(await store.counts()).toMatchObject({ queued: 601 });
  const claims = await claimUpTo(store, 601);
  expect(claims).toHaveLength(601);
  await store.close();
});

test('a thread that ends while the store cannot be read keeps its callers waiting, until it can be', async () => {
  const thread = new PretendedThread();
  threads.pretended = () => thread;
  const warnings = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  const { clock, path, store } = await temporaryStore({ writerThread: true });
  const first = await submitOne(store);
  thread.says('open');
  const disk = new Database(path);
  const ids = [first];
  const submits = Array.from({ length: 24 }, async (_, n) => {
    const [submitted] = await store.submit([newWorkflow({ input: { n } })]);
    ids.push(submitted?.id ?? '');
  });
  await turns();
  expect(thread.heard).toHaveLength(1);
  disk.exec('alter table workflow_events rename to gone');
  thread.emit('exit', 1);
  await clock.advance(2_500);
  await told();
  expect(warnings).toHaveBeenCalledTimes(1);
  expect(ids).toEqual([first]);
  expect(store.oldestWriteMs()).toBe(2_500);
  disk.exec('alter table gone rename to workflow_events');
  disk.close();
  await clock.advance(500);
  await Promise.all(submits);
  expect(store.oldestWriteMs()).toBe(0);
  const { items } = await store.list({ limit: 100 });
  expect(items.map(({ id }) => id).sort()).toEqual(ids.sort());
  expect(ids).toHaveLength(25);
  await store.close();
  warnings.mockRestore();
});

test.for([
  { code: 'STORE_FULL', pragma: 'max_page_count = 1', again: 'max_page_count = 1000000' },
  { code: 'STORE_READ_ONLY', pragma: 'query_only = 1', again: 'query_only = 0' },
])('a disk that refuses the thread and the store reaches every caller as $code', async (disk) => {
  threads.pragmas = [disk.pragma];
  const { commits, store } = await threadedStore();
  await sql.raw(`pragma ${disk.pragma}`).execute(store.db);
  const large = newWorkflow({ input: { n: 0, task: 'x'.repeat(9_000) } });
  const before = await store.counts();
  const settled = await Promise.allSettled(Array.from({ length: 40 }, () => store.submit([large])));
  const refused = settled.flatMap((end) =>
    end.status === 'rejected' ? [end.reason as unknown] : [],
  );
  expect(refused.length).toBeGreaterThan(0);
  expect(commits.failed).toBeGreaterThan(0);
  expect(new Set(refused.map((error) => (error as { code: string }).code))).toEqual(
    new Set([disk.code]),
  );
  const kept = settled.length - refused.length;
  expect((await store.counts()).queued).toBe(before.queued + kept);
  expect((await store.list({ limit: 100 })).items).toHaveLength(before.queued + kept);
  // What the thread cannot write any more, the store writes by itself.
  await sql.raw(`pragma ${disk.again}`).execute(store.db);
  await Promise.all(Array.from({ length: 40 }, () => store.submit([large])));
  expect((await store.counts()).queued).toBe(before.queued + kept + 40);
});
