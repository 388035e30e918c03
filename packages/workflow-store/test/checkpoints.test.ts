import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { Checkpoints } from '../src/checkpoints.ts';
import { temporaryPath } from './temporary-store.ts';

function opened() {
  const sqlite = new Database(temporaryPath());
  onTestFinished(() => void sqlite.close());
  sqlite.pragma('journal_mode = wal');
  sqlite.pragma('wal_autocheckpoint = 0');
  sqlite.exec('create table pages (body)');
  const asked: number[] = [];
  const checkpoints = new Checkpoints(sqlite, () => void asked.push(asked.length));
  const fill = () => sqlite.exec('insert into pages values (zeroblob(17000000))');
  const commit = (times: number) => {
    for (let n = 0; n < times; n += 1) checkpoints.committed();
  };
  return { asked, commit, fill, sqlite };
}

test('a log that has grown large is asked to be put into the database, and not before', () => {
  const { asked, commit, fill, sqlite } = opened();
  commit(100);
  expect(asked).toEqual([]);
  fill();
  commit(8);
  expect(asked).toEqual([0]);
  sqlite.pragma('wal_checkpoint(passive)');
  commit(100);
  expect(asked).toEqual([0]);
});

test('in a transaction of others, in which SQLite does not tell, it is asked afterwards', () => {
  const { asked, commit, fill, sqlite } = opened();
  fill();
  sqlite.exec('begin immediate');
  commit(20);
  expect(asked).toEqual([]);
  sqlite.exec('commit');
  commit(1);
  expect(asked).toEqual([0]);
});
