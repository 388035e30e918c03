import { seededRandom } from '@chimera/policy';
import { type DegradationLaw, Watch } from './degradation-under-test.ts';

function same(one: number, other: number, says: string): void {
  if (one !== other) throw new Error(`${says}: it leads to ${one}, and to ${other}`);
}

export const degradationLaws: readonly DegradationLaw[] = [
  {
    id: 'degradation-1',
    name: 'more strain that stays never leads to a better level, and all of it to the worst',
    check: async (subject) => {
      const watch = new Watch(subject);
      for (const before of [0, 1]) {
        let least = 0;
        for (let step = 0; step <= 50; step += 1) {
          watch.hold(before);
          const strain = step / 50;
          const level = watch.hold(strain);
          if (level < least)
            throw new Error(
              `after ${before}, a strain of ${strain} leads to level ${level}, and less to ${least}`,
            );
          least = level;
        }
        if (least !== subject.worst)
          throw new Error(`a strain of 1 leads to level ${least}, and not to ${subject.worst}`);
      }
    },
  },
  {
    id: 'degradation-5',
    name: 'no better level comes sooner than a dwell after the last change',
    check: async (subject) => {
      let changedAt = -Infinity;
      new Watch(subject).weather(seededRandom(5), 400, ({ at, from, to }) => {
        if (to < from && at - changedAt < subject.dwellMs)
          throw new Error(`level ${from} leads to ${to} ${at - changedAt} ms after a change`);
        if (to !== from) changedAt = at;
      });
    },
  },
  {
    id: 'degradation-6',
    name: 'without strain for long enough, nothing is given up',
    check: async (subject) => {
      const random = seededRandom(6);
      const watch = new Watch(subject);
      for (let round = 0; round < 30; round += 1) {
        watch.weather(random, 10);
        const before = round % 2 === 0 ? watch.level : watch.hold(1);
        const level = watch.hold(0);
        if (level !== 0)
          throw new Error(
            `level ${before} leads to ${level} in ${subject.settlesWithinMs} ms without strain`,
          );
      }
    },
  },
  {
    id: 'degradation-8',
    name: 'what must never be given up is not, at any level',
    check: async (subject) => {
      const watch = new Watch(subject);
      const look = () => {
        if (!subject.allowsCritical()) throw new Error(`at level ${watch.level} it is given up`);
      };
      watch.weather(seededRandom(8), 200, look);
      watch.hold(1);
      look();
    },
  },
  {
    id: 'degradation-10',
    name: 'several causes lead where they lead in any order, and one alone where it leads twice',
    check: async ({ join, worst }) => {
      if (join === undefined) return;
      const levels = Array.from({ length: worst + 1 }, (_, level) => level);
      for (const a of levels) {
        same(join(a, a), a, `${a} twice`);
        for (const b of levels) {
          same(join(a, b), join(b, a), `${a} and ${b}, and the other way round`);
          for (const c of levels)
            same(join(join(a, b), c), join(a, join(b, c)), `${a}, ${b} and ${c}`);
        }
      }
    },
  },
];
