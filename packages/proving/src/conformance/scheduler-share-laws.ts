import { seededRandom } from '@chimera/policy';
import { type SchedulerLaw, serve, serveAll, type WaitingTask } from './scheduler-under-test.ts';

interface Share {
  /** Its work that was served, over its weight. */
  hadMs: number;
  waiting: number;
}

/** Tasks that wait at once at most. */
const crowded = 360;
const largestMs = 100;

export const shareLaws: readonly SchedulerLaw[] = [
  {
    id: 'scheduler-2',
    name: 'no more run at once than its limits allow',
    check: async ({ add, finish, highest, limits, lowest, take }) => {
      if (limits === undefined) return;
      const random = seededRandom(2);
      const tasks = new Map<string, WaitingTask>();
      const running: WaitingTask[] = [];
      for (let at = 0; at < 1_000; at += 1) {
        const chance = random();
        if (chance < 0.5) {
          const priority = lowest + Math.floor(random() * (highest - lowest + 1));
          const task = { id: `t${at}`, priority, at, key: random() < 0.7 ? 'a' : 'b' };
          tasks.set(task.id, task);
          add(task);
        } else if (chance < 0.65) {
          const [ended] = running.splice(Math.floor(random() * running.length), 1);
          if (ended !== undefined) finish?.(ended.id);
        }
        const task = tasks.get(take(at) ?? '');
        if (task !== undefined) running.push(task);
        for (const { counts, most } of limits) {
          const those = running.filter(counts).map(({ id }) => id);
          if (those.length > most)
            throw new Error(`at ${at} ${those.join(', ')} run, where ${most} may`);
        }
      }
    },
  },
  {
    id: 'scheduler-5',
    name: 'of two keys that wait, neither has more than its share by more than a task of each',
    check: async (queue) => {
      const { lowest, weights } = queue;
      if (weights === undefined) return;
      const random = seededRandom(5);
      const [late, ...early] = Object.keys(weights);
      const crowd = Math.floor(crowded / (early.length + 1));
      const tasks = new Map<string, { readonly key: string; readonly costMs: number }>();
      const shares = new Map<string, Share>();
      // How far one was ahead of another while both waited, at least and at most.
      const leads = new Map<string, { least: number; most: number }>();
      const come = (key: string) => {
        shares.set(key, { hadMs: 0, waiting: crowd });
        for (let order = 0; order < crowd; order += 1) {
          const task = { id: `${key}${order}`, key, costMs: 1 + Math.floor(random() * largestMs) };
          tasks.set(task.id, task);
          queue.add({ ...task, priority: lowest, at: 0 });
        }
      };
      const look = () => {
        for (const [one, { hadMs }] of shares)
          for (const [other, { hadMs: othersMs }] of shares) {
            if (one >= other) continue;
            const ahead = hadMs - othersMs;
            const lead = leads.get(one + other) ?? { least: ahead, most: ahead };
            lead.least = Math.min(lead.least, ahead);
            lead.most = Math.max(lead.most, ahead);
            leads.set(one + other, lead);
            const allowed = largestMs / (weights[one] ?? 1) + largestMs / (weights[other] ?? 1);
            const apart = lead.most - lead.least;
            if (!(apart <= allowed + 1e-6))
              throw new Error(`${one} and ${other} come ${apart} ms apart, and not ${allowed}`);
          }
      };
      for (const key of early) come(key);
      for (let turn = 0; [...shares.values()].every(({ waiting }) => waiting > 0); turn += 1) {
        // What the others had until it came is no debt of theirs.
        if (turn === crowd / 2 && late !== undefined) come(late);
        look();
        const task = tasks.get(serve(queue, 0) ?? '');
        const share = shares.get(task?.key ?? '');
        if (task === undefined || share === undefined) throw new Error('it serves nobody');
        share.hadMs += task.costMs / (weights[task.key] ?? 1);
        share.waiting -= 1;
        look();
      }
    },
  },
  {
    id: 'scheduler-9',
    name: 'who is turned away is no more urgent than anybody who stays',
    check: async (queue) => {
      const { add, capacity, highest, lowest, waiting } = queue;
      if (capacity === undefined) return;
      const random = seededRandom(9);
      const kept = new Map<string, number>();
      let told = 0;
      for (let order = 0; order < capacity.most * 5; order += 1) {
        const id = `t${order}`;
        kept.set(id, lowest + Math.floor(random() * (highest - lowest + 1)));
        add({ id, priority: kept.get(id) ?? lowest, at: 0 });
        const shed = capacity.shed().slice(told);
        told += shed.length;
        for (const gone of shed) {
          const priority = kept.get(gone);
          kept.delete(gone);
          const least = Math.min(...kept.values());
          if (priority === undefined || priority > least)
            throw new Error(`${gone} of priority ${priority} is turned away, and ${least} stays`);
        }
        if (kept.size > capacity.most || waiting() !== kept.size)
          throw new Error(`${waiting()} wait where ${capacity.most} may; ${kept.size} were kept`);
      }
      const served = new Set(serveAll(queue, 0));
      const lost = [...kept.keys()].filter((id) => !served.delete(id));
      if (lost.length > 0) throw new Error(`${lost.join(', ')} stayed, and is never served`);
      if (served.size > 0) throw new Error(`${[...served].join(', ')} was turned away, and served`);
    },
  },
  {
    id: 'scheduler-10',
    name: "those that it says wait are as many as come in the time that one waits (Little's law)",
    check: async (queue) => {
      const { add, cancel, highest, lowest, waiting } = queue;
      const random = seededRandom(10);
      const exponential = (meanMs: number) => -Math.log(1 - random()) * meanMs;
      const since = new Map<string, number>();
      let now = 0;
      let [nextComes, nextFree] = [0, 0];
      let [waitedMs, areaMs] = [0, 0];
      const passesTo = (at: number) => {
        areaMs += waiting() * (at - now);
        now = at;
      };
      const leaves = (id: string | undefined) => {
        if (id === undefined) return;
        const came = since.get(id);
        if (came === undefined) throw new Error(`${id} is served, and does not wait`);
        waitedMs += now - came;
        since.delete(id);
      };
      // One server, busy four fifths of the time; then what is left is served.
      for (let came = 0; came < 3_000 || since.size > 0;) {
        if (came < 3_000 && (nextComes <= nextFree || since.size === 0)) {
          passesTo(nextComes);
          const id = `t${came}`;
          add({ id, priority: lowest + Math.floor(random() * (highest - lowest + 1)), at: now });
          since.set(id, now);
          came += 1;
          nextComes = now + Math.ceil(exponential(100));
          if (random() > 0.1) continue;
          const [tired] = since.keys();
          if (tired !== undefined) cancel(tired);
          leaves(tired);
        } else {
          passesTo(Math.max(now, nextFree));
          const id = serve(queue, now);
          if (id === undefined) throw new Error(`it serves nobody, and ${since.size} wait`);
          leaves(id);
          nextFree = now + Math.ceil(exponential(85));
        }
      }
      const off = Math.abs(areaMs - waitedMs) / waitedMs;
      if (!(off < 0.02))
        throw new Error(
          `${(areaMs / now).toFixed(2)} wait on average, of ${(waitedMs / now).toFixed(2)}`,
        );
    },
  },
  {
    id: 'scheduler-11',
    name: 'what has expired is never served',
    check: async (queue) => {
      const { add, expires, highest, lowest } = queue;
      if (expires !== true) return;
      const random = seededRandom(11);
      const ends = new Map<string, number>();
      for (let at = 0; at < 500; at += 1) {
        const id = `t${at}`;
        const priority = lowest + Math.floor(random() * (highest - lowest + 1));
        ends.set(id, at + 1 + Math.floor(random() * 60));
        add({ id, priority, at, expiresAt: ends.get(id) ?? at });
        if (at % 3 > 0) continue;
        const served = serve(queue, at);
        const end = ends.get(served ?? '');
        if (served === undefined) throw new Error(`at ${at} it serves nobody, not even ${id}`);
        if (end === undefined || end <= at)
          throw new Error(`at ${at} it serves ${served}, which expired at ${end}`);
        ends.delete(served);
      }
    },
  },
];
