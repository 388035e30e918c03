import { type FallbackLaw, fails, shown, watchCall } from './fallbacks-under-test.ts';

export const fallbackLaws: readonly FallbackLaw[] = [
  {
    id: 'degradation-2',
    name: 'who stands in is asked in order, each once, until one answers',
    check: async (subject) => {
      const places = Array.from({ length: subject.alternatives + 1 }, (_, place) => place);
      for (let works = 0; works < 2 ** places.length; works += 1) {
        const doesWork = (place: number) => (works & (1 << place)) > 0;
        const first = places.find(doesWork);
        const expected = first === undefined ? places : places.slice(0, first + 1);
        const { asked, settled } = await watchCall(subject, (place, error) =>
          doesWork(place) ? Promise.resolve(`of ${place}`) : fails(place, error),
        );
        const says = places.map((place) => `${place} ${doesWork(place) ? 'works' : 'fails'}`);
        if (asked.join() !== expected.join())
          throw new Error(`where ${says.join(', ')}, it asks ${asked.join(', ')}`);
        const end = settled();
        const isRight =
          first === undefined || (end?.type === 'answer' && end.value === `of ${first}`);
        if (!isRight) throw new Error(`where ${says.join(', ')}, it answers ${shown(end)}`);
      }
    },
  },
  {
    id: 'degradation-3',
    name: 'when nobody answers, the first error is told, if only as the cause of the last',
    check: async (subject) => {
      const first = new Error('0 fails');
      const { settled } = await watchCall(subject, (place, error) =>
        place === 0 ? Promise.reject(first) : fails(place, error),
      );
      const end = settled();
      let told = end?.type === 'error' ? end.error : undefined;
      while (told !== first && told instanceof Error) told = told.cause;
      if (told !== first) throw new Error(`it tells ${shown(end)}, and not why the first failed`);
    },
  },
  {
    id: 'degradation-4',
    name: 'a call is answered by its deadline, whoever hangs or is slow',
    check: async (subject) => {
      const { advance, alternatives, deadlineMs } = subject;
      for (let hangs = 0; hangs <= alternatives; hangs += 1) {
        const { settled } = await watchCall(subject, (place, error) =>
          place === hangs ? new Promise(() => {}) : fails(place, error),
        );
        await advance(deadlineMs);
        if (settled() === undefined)
          throw new Error(`${hangs} hangs, and after ${deadlineMs} ms it answers nothing`);
      }
      // Each takes most of the time that there is for all of them.
      const ends: (() => void)[] = [];
      const { settled } = await watchCall(subject, (place, error) =>
        new Promise<void>((resolve) => ends.push(resolve)).then(() => fails(place, error)),
      );
      const pauseMs = Math.floor(deadlineMs * 0.7);
      await advance(pauseMs);
      for (const end of ends) end();
      await advance(deadlineMs - pauseMs);
      if (settled() === undefined)
        throw new Error(`all are slow, and after ${deadlineMs} ms it answers nothing`);
    },
  },
  {
    id: 'degradation-7',
    name: 'an answer of earlier is no older than it may be, and says how old it is',
    check: async (subject) => {
      const { advance, old } = subject;
      if (old === undefined) return;
      const { mostMs, read } = old;
      const value = { of: 'earlier' };
      await watchCall(subject, () => Promise.resolve(value));
      let ageMs = 0;
      for (const next of [0, mostMs / 2, mostMs - 1, mostMs, mostMs + 1, mostMs * 3]) {
        await advance(next - ageMs);
        ageMs = next;
        const end = (await watchCall(subject, fails)).settled();
        if (end?.type !== 'answer') continue;
        const flag = read(end.value);
        if (flag?.value !== value || flag.ageMs !== ageMs)
          throw new Error(`an answer of ${ageMs} ms ago is told as ${shown(end)}`);
        if (ageMs > mostMs) throw new Error(`it answers what is ${ageMs} ms old`);
      }
    },
  },
  {
    id: 'degradation-9',
    name: 'nobody stands in for what works, however slow it is',
    check: async (subject) => {
      const { advance, deadlineMs } = subject;
      const slow = Promise.withResolvers<string>();
      const { asked, settled } = await watchCall(subject, (place) =>
        place === 0 ? slow.promise : Promise.resolve(`of ${place}`),
      );
      await advance(deadlineMs - 1);
      slow.resolve('of 0');
      await advance(0);
      const end = settled();
      if (asked.join() !== '0' || end?.type !== 'answer' || end.value !== 'of 0')
        throw new Error(`it asks ${asked.join(', ')}, and answers ${shown(end)}`);
    },
  },
];
