import { setTimeout } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test, vi } from 'vitest';
import { CheckpointThread } from '../src/checkpoint-thread.ts';
import { newWorkflow, temporaryPath, temporaryStore } from './temporary-store.ts';

interface Log {
  readonly log: number;
  readonly checkpointed: number;
}

/** What the log of a file holds, asked by a connection of its own. */
function observed(path: string) {
  const sqlite = new Database(path);
  onTestFinished(() => void sqlite.close());
  sqlite.pragma('wal_autocheckpoint = 0');
  const log = () => (sqlite.pragma('wal_checkpoint(noop)') as readonly Log[])[0];
  return { log, sqlite };
}

function filled() {
  const path = temporaryPath();
  const { log, sqlite } = observed(path);
  sqlite.pragma('journal_mode = wal');
  sqlite.exec('create table pages (body)');
  const fill = () => void sqlite.exec('insert into pages values (zeroblob(400000))');
  fill();
  const thread = new CheckpointThread({ path, texts: [], pragmas: [], timeout: 1_000 });
  return { fill, log, path, thread };
}

test('it puts the log into the database each time that it is asked', async () => {
  const { fill, log, thread } = filled();
  expect(log()?.checkpointed).toBe(0);
  for (let round = 0; round < 3; round += 1) {
    await vi.waitFor(() => {
      // It says no word when it is done, and passes over what it is asked meanwhile.
      thread.checkpoint();
      expect(log()?.checkpointed).toBe(log()?.log);
    });
    fill();
    expect(log()?.checkpointed).toBeLessThan(log()?.log ?? 0);
  }
  await thread.close();
});

test('one that was never asked has nothing to close, and one that is asked ends what it does before', async () => {
  const { log, thread } = filled();
  await thread.close();
  thread.checkpoint();
  await thread.close();
  expect(log()?.checkpointed).toBe(log()?.log);
});

test('one that cannot open the file says so once, and is not begun again', async () => {
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  onTestFinished(() => warned.mockRestore());
  const path = `${temporaryPath()}/nowhere.db`;
  const thread = new CheckpointThread({ path, texts: [], pragmas: [], timeout: 0 });
  thread.checkpoint();
  await vi.waitFor(() => expect(warned).toHaveBeenCalledTimes(1));
  await thread.close();
  thread.checkpoint();
  await thread.close();
  expect(warned).toHaveBeenCalledTimes(1);
});

test('behind a store whose writer goes on, it has put the log there before the writer would have to', async () => {
  const { path, store } = await temporaryStore({ writerThread: true });
  const { log } = observed(path);
  const input = { filler: 'x'.repeat(20_000) };
  const burst = async () => {
    await Promise.all(Array.from({ length: 24 }, () => store.submit([newWorkflow({ input })])));
    return log() ?? { log: 0, checkpointed: 0 };
  };
  let last = await burst();
  let longest = 0;
  while (last.checkpointed === 0 && last.log < 16_000) {
    last = await burst();
    // Its thread begins now.
    if (last.log >= 4_000) await setTimeout(20);
  }
  expect(last.log).toBeLessThan(16_000);
  // The log begins anew.
  for (let before = 0; last.log >= before; last = await burst()) {
    before = last.log;
    longest = Math.max(longest, before);
    await setTimeout(1);
  }
  expect(longest).toBeLessThan(16_500);
});
