import { type Random, seededRandom } from '@chimera/policy';
import { type OpenCall, Recorder } from '../../src/history.ts';

/** Which parts of the truth a history of the model shows. */
export interface QueueHistoryOptions {
  readonly seed: number;
  /** One: every call is over before the next begins. */
  readonly processes?: number;
  /** Of the calls, whose end nobody hears. */
  readonly unheard?: number;
  readonly leaseMs?: number;
}

interface Step {
  readonly process: string;
  /** Happens between the call and its end. */
  readonly happen: () => void;
  readonly end: () => void;
  isHappened: boolean;
}

/**
 * A queue of priorities with leases that is right by construction, used by several processes at
 * once: each call happens at one instant between its invocation and its end.
 */
export function queueHistory({
  leaseMs = 40,
  processes = 3,
  seed,
  unheard = 0.05,
}: QueueHistoryOptions) {
  const random = seededRandom(seed);
  let now = 0;
  const recorder = new Recorder({
    clock: { now: () => now, monotonic: () => now, setTimer: () => ({ cancel: () => undefined }) },
  });
  const jobs = new Map<string, { priority: number; order: number; token: number; until: number }>();
  let order = 0;
  let named = 0;

  const best = () =>
    [...jobs]
      .filter(([, { until }]) => until <= now)
      .sort(([, one], [, other]) => other.priority - one.priority || one.order - other.order)[0];
  const claims = new Map<string, { job: string; token: number }>();

  const begin = (process: string): Step => {
    const held = claims.get(process);
    const end = (call: OpenCall, answer: () => unknown) => () => {
      if (random() < unheard) call.info();
      else call.ok(answer());
    };
    if (held === undefined && (random() < 0.5 || jobs.size === 0)) {
      const id = `job-${named++}`;
      const priority = Math.floor(random() * 3);
      const call = recorder.invoke(process, 'enqueue', { id, priority });
      return {
        process,
        isHappened: false,
        happen: () => jobs.set(id, { priority, order: order++, token: 0, until: 0 }),
        end: end(call, () => undefined),
      };
    }
    if (held === undefined) {
      const call = recorder.invoke(process, 'claim');
      let given: object | undefined;
      return {
        process,
        isHappened: false,
        happen: () => {
          const first = best();
          if (first === undefined) return;
          const [job, state] = first;
          jobs.set(job, { ...state, token: state.token + 1, until: now + leaseMs });
          given = { job, token: state.token + 1, from: now, until: now + leaseMs };
          claims.set(process, { job, token: state.token + 1 });
        },
        end: end(call, () => given),
      };
    }
    claims.delete(process);
    const call = recorder.invoke(process, 'release', held);
    let at: number | undefined;
    return {
      process,
      isHappened: false,
      happen: () => {
        if (jobs.get(held.job)?.token !== held.token) return;
        at = now;
        jobs.delete(held.job);
      },
      end: () => {
        if (at === undefined) call.fail();
        else end(call, () => ({ at }))();
      },
    };
  };

  const open: Step[] = [];
  for (let turn = 0; turn < 60; turn += 1) {
    now += Math.floor(random() * 8);
    const names = Array.from({ length: processes }, (_, index) => `p${index}`);
    const free = names.filter((name) => !open.some(({ process }) => process === name));
    const name = free[Math.floor(random() * free.length)];
    if (name !== undefined) open.push(begin(name));
    if (processes === 1 || random() < 0.7) endOne(open, random);
  }
  while (open.length > 0) endOne(open, random);
  return { events: recorder.events, left: [...jobs.keys()] };
}

function endOne(open: Step[], random: Random): void {
  for (const step of open) {
    if (step.isHappened || random() < 0.3) continue;
    step.happen();
    step.isHappened = true;
  }
  const index = Math.floor(random() * open.length);
  const [step] = open.splice(index, 1);
  if (step === undefined) return;
  if (!step.isHappened) step.happen();
  step.end();
}
