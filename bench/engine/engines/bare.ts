import { join } from 'node:path';
import Database from 'better-sqlite3';
import { type EngineOptions, type Engine, phases } from '../engine.ts';

/**
 * The floor: what is left of a durable engine without history, leases, checks and recovery. Rows
 * and statements are as bare as they can be; the writes of all that run at the same time are
 * committed together, once in each turn of the event loop.
 */
export async function startBare(options: EngineOptions): Promise<Engine> {
  const { concurrency, folder, onDone, runPhase, works } = options;
  const db = new Database(join(folder, 'bare.db'));
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = FULL');
  db.exec(`
    create table workflows (id integer primary key, status text, priority integer, phase integer);
    create index pending on workflows (priority desc, id) where status = 'queued';
    create table payloads (id integer primary key, body text);
    create table results (id integer, phase integer, body text, primary key (id, phase));
  `);
  const insert = db.prepare(`insert into workflows values (?, 'queued', 5, 0)`);
  const insertPayload = db.prepare('insert into payloads values (?, ?)');
  const pending = db
    .prepare<[number], number>(
      `select id from workflows where status = 'queued' order by priority desc, id limit ?`,
    )
    .pluck();
  const take = db.prepare(`update workflows set status = 'running' where id = ?`);
  const step = db.prepare('update workflows set phase = ?, status = ? where id = ?');
  const insertResult = db.prepare('insert into results values (?, ?, ?)');
  const result = JSON.stringify({ ok: true });

  let group: { run: () => void; resolve: () => void }[] = [];
  const begin = db.prepare('begin immediate');
  const commit = db.prepare('commit');
  function flush() {
    const current = group;
    group = [];
    begin.run();
    for (const { run } of current) run();
    commit.run();
    for (const { resolve } of current) resolve();
  }
  const write = (run: () => void) =>
    new Promise<void>((resolve) => {
      if (group.length === 0) setImmediate(flush);
      group.push({ run, resolve });
    });

  let free = works ? concurrency : 0;
  let waiting = 0;
  let isClaiming = false;
  async function fill() {
    if (isClaiming || free === 0 || waiting === 0) return;
    isClaiming = true;
    let ids: number[] = [];
    await write(() => {
      ids = pending.all(free);
      for (const id of ids) take.run(id);
    });
    isClaiming = false;
    free -= ids.length;
    waiting -= ids.length;
    for (const id of ids) void work(id);
    if (ids.length > 0) void fill();
  }
  async function work(id: number) {
    for (const phase of phases) {
      await runPhase(id, phase);
      await write(() => {
        step.run(phase, phase === 3 ? 'completed' : 'running', id);
        insertResult.run(id, phase, result);
      });
    }
    onDone(id);
    free += 1;
    void fill();
  }

  const counted = (sql: string) => db.prepare<[], number>(sql).pluck();
  const finished = counted(`select count(*) from workflows where status = 'completed' and
    (select count(*) from results where results.id = workflows.id) = 3`);
  const accepted = counted('select count(*) from workflows');
  return {
    submit: async (inputs) => {
      await write(() => {
        for (const input of inputs) {
          insert.run(input.id);
          insertPayload.run(input.id, JSON.stringify(input));
        }
      });
      waiting += inputs.length;
      void fill();
    },
    finished: async () => finished.get() ?? 0,
    accepted: async () => accepted.get() ?? 0,
    close: async () => {
      db.close();
    },
  };
}
