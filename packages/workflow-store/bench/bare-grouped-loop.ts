import Database from 'better-sqlite3';

const payload = JSON.stringify({ filler: 'x'.repeat(480) });
const output = JSON.stringify({ ok: true });

/**
 * The least that three durable phases can cost: a row and its payload, a claim by a partial index,
 * and per phase an update and a result; five commits for each group.
 */
export function bareGroupedLoop(path: string, workflows: number, groupSize: number): void {
  const db = new Database(path);
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
  const claim = db.prepare(`update workflows set status = 'running' where id = ?`);
  const step = db.prepare('update workflows set phase = ?, status = ? where id = ?');
  const insertResult = db.prepare('insert into results values (?, ?, ?)');
  for (let first = 1; first <= workflows; first += groupSize) {
    const size = Math.min(groupSize, workflows - first + 1);
    db.exec('begin');
    for (let id = first; id < first + size; id += 1) {
      insert.run(id);
      insertPayload.run(id, payload);
    }
    db.exec('commit; begin');
    const ids = pending.all(size);
    for (const id of ids) claim.run(id);
    db.exec('commit');
    for (const phase of [1, 2, 3]) {
      db.exec('begin');
      for (const id of ids) {
        step.run(phase, phase === 3 ? 'completed' : 'running', id);
        insertResult.run(id, phase, output);
      }
      db.exec('commit');
    }
  }
  db.close();
}
