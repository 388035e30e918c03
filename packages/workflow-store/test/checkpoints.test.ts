import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { Checkpoints } from '../src/checkpoints.ts';
import { temporaryPath } from './temporary-store.ts';

function opened() {
  const path = temporaryPath();
  const sqlite = new Database(path);
  const other = new Database(path);
  onTestFinished(() => {
    other.close();
    sqlite.close();
  });
  sqlite.pragma('journal_mode = wal');
  sqlite.pragma('wal_autocheckpoint = 0');
  sqlite.exec('create table pages (body)');
  const asked: number[] = [];
  const checkpoints = new Checkpoints(sqlite, 256, () => void asked.push(asked.length));
  const fill = () => sqlite.exec('insert into pages values (zeroblob(17000000))');
  const commit = (times: number) => {
    for (let n = 0; n < times; n += 1) checkpoints.committed();
  };
  /** Commits while another puts into the database what was there before. */
  const meanwhile = (work: () => void) => {
    other.exec('begin; select count(*) from pages');
    work();
    sqlite.pragma('wal_checkpoint(passive)');
    other.exec('commit');
  };
  return { asked, commit, fill, meanwhile, other, sqlite };
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

test('what was committed while another put the rest into the database is put there here, and the log begins anew', () => {
  const { asked, commit, fill, meanwhile, sqlite } = opened();
  const few = () => sqlite.exec('insert into pages values (zeroblob(100000))');
  const pagesOfLog = () => sqlite.pragma('wal_checkpoint(noop)') as readonly { log: number }[];
  fill();
  commit(8);
  meanwhile(few);
  commit(8);
  few();
  expect(pagesOfLog()[0]?.log).toBeLessThan(100);
  expect(asked).toEqual([0]);
});

test('what was committed meanwhile and is much is asked for once more', () => {
  const { asked, commit, fill, meanwhile } = opened();
  fill();
  commit(8);
  meanwhile(fill);
  commit(8);
  expect(asked).toEqual([0, 1]);
});

test('a reader who stays keeps the log from beginning anew, and stops nobody', () => {
  const { commit, fill, other, sqlite } = opened();
  other.exec('begin; select * from pages');
  fill();
  commit(8);
  sqlite.exec('insert into pages values (1)');
  commit(80);
  sqlite.exec('insert into pages values (2)');
  expect(sqlite.prepare('select count(*) from pages').pluck().get()).toBe(3);
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
