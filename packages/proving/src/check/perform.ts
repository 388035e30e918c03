import { machineTimers } from '../world/machine-timers.ts';
import { World } from '../world/world.ts';
import type { History, Seen, Status } from './history.ts';
import { durationsOf, type Rules } from './rules.ts';
import { StagedCalls } from './staged-calls.ts';
import type { Program, Step } from './step.ts';
import { type Create, type Subject, subjectOf } from './subject.ts';

/** So many instants back a deadline may have its origin. */
const mostMarks = 16;

/** A timer that re-arms itself for ever is not waited for. */
const mostRounds = 1_000;

/** Nothing falls due a while after these; so the same program without them takes the same steps. */
const unmarked = new Set<Seen['type']>(['waited', 'jumped', 'restarted']);

/** Plays a program against a new policy, and tells all that was seen. */
export async function perform<R extends Rules>(
  program: Program,
  rules: R,
  create: Create,
  seed: number,
): Promise<History<R>> {
  const world = new World({ seed, start: 1_700_000_000_000 });
  const performance = new Performance(world, rules, create);
  try {
    performance.begin();
    for (const step of program) await performance.take(step);
    await performance.finish();
    const { hasStatus, machineTimers, seen } = performance;
    return { rules, seen, hasStatus, machineTimers };
  } finally {
    performance.close();
  }
}

class Performance {
  readonly seen: Seen[] = [];
  readonly hasStatus: boolean;
  /** Timers of the machine that steps have set. */
  machineTimers = 0;
  readonly #world: World;
  readonly #rules: Rules;
  readonly #calls: StagedCalls;
  readonly #durations: readonly number[];
  /** Instants at which something happened, the latest last. */
  readonly #marks: number[] = [];
  #subject: Subject;
  #status: Status = '';

  constructor(world: World, rules: Rules, create: Create) {
    this.#world = world;
    this.#rules = rules;
    this.#durations = durationsOf(rules);
    this.#calls = new StagedCalls(world, (event) => this.#note(event));
    this.#subject = subjectOf(create(world));
    this.hasStatus = this.#subject.status !== undefined;
  }

  begin(): void {
    this.#world.onSettled = () => this.#poll();
    this.#poll();
  }

  async take(step: Step): Promise<void> {
    const before = machineTimers();
    await this.#take(step);
    this.machineTimers += Math.max(0, machineTimers() - before);
    this.#calls.refuseMisuse();
  }

  async #take(step: Step): Promise<void> {
    this.#poll();
    switch (step.do) {
      case 'start':
        this.#calls.begin(this.#subject, step);
        break;
      case 'end':
        if (!this.#calls.end(step.nth, step.gives)) return;
        break;
      case 'abort':
        if (!this.#calls.abort(step.nth)) return;
        break;
      case 'wait':
        return this.#pass(step.ms);
      case 'await': {
        const ahead = this.#deadlines();
        const at = ahead[step.nth % ahead.length];
        if (at === undefined) return;
        return this.#pass(Math.max(0, at + step.plus - this.#world.now));
      }
      case 'jump':
        this.#world.jumpWall(step.ms);
        this.#note({ type: 'jumped', at: this.#world.now, ms: step.ms });
        break;
      case 'restart':
        if (!this.#restart()) return;
    }
    await this.#world.settle();
  }

  /** Heals, then ends what hangs, and looks at what is left. */
  async finish(): Promise<void> {
    if (this.#rules.kind === 'breaker') await this.#heal(this.#rules);
    this.#note({ type: 'clearing', at: this.#world.now });
    for (let ended = 0; this.#calls.hanging > 0 && ended < 1_000; ended += 1) {
      await this.take({ do: 'end', nth: 0, gives: 'S' });
    }
    // With everybody answered and nothing running, what is still set is left over.
    for (let round = 0; this.#calls.isBusy && round < mostRounds; round += 1) {
      await this.take({ do: 'end', nth: 0, gives: 'S' });
      const { nextAt } = this.#world;
      if (nextAt !== undefined) await this.#world.advance(nextAt - this.#world.now);
      else if (this.#calls.hanging === 0) break;
    }
    this.#calls.refuseMisuse();
    const { timers, listeners } = this.#world.leaks();
    this.#note({ type: 'rested', at: this.#world.now, timers, listeners });
  }

  close(): void {
    this.#world.onSettled = undefined;
    this.#subject.close?.();
  }

  /** What hangs stays hung: every new call succeeds, for as long as recovery may take. */
  async #heal({
    openForMs,
    probeTimeoutMs,
    probes,
  }: Extract<Rules, { kind: 'breaker' }>): Promise<void> {
    this.#note({ type: 'healing', at: this.#world.now });
    for (const ms of [openForMs, probeTimeoutMs, openForMs]) {
      await this.#pass(ms);
      for (let call = 0; call <= probes; call += 1) {
        await this.take({ do: 'start', script: [{ gives: 'S', afterMs: 0 }] });
      }
    }
  }

  async #pass(ms: number): Promise<void> {
    // A policy for whom nothing ever falls due would wait for ever.
    if (!(ms < Number.MAX_SAFE_INTEGER)) return;
    this.#note({ type: 'waited', at: this.#world.now, ms });
    await this.#world.advance(ms);
  }

  #restart(): boolean {
    const subject = this.#subject;
    if (subject.restart === undefined || subject.snapshot === undefined) return false;
    if (this.#calls.unanswered.length + this.#calls.hanging > 0) return false;
    if (this.#status === 'half-open') return false;
    const stored: unknown = JSON.parse(JSON.stringify(subject.snapshot()));
    this.#subject = subjectOf(subject.restart(stored));
    this.#note({ type: 'restarted', at: this.#world.now });
    return true;
  }

  #note(event: Seen): void {
    if (event.type === 'started' || event.type === 'ended') this.#poll();
    this.seen.push(event);
    if (unmarked.has(event.type) || this.#marks.at(-1) === event.at) return;
    this.#marks.push(event.at);
    if (this.#marks.length > mostMarks) this.#marks.shift();
  }

  /** Notes the state when it has changed. */
  #poll(): void {
    const status = this.#subject.status?.() ?? '';
    if (status === this.#status) return;
    this.#status = status;
    this.#note({ type: 'status', at: this.#world.now, status });
  }

  /** Instants ahead at which something can fall due, the next first. */
  #deadlines(): readonly number[] {
    const { now, nextAt } = this.#world;
    const told = this.#subject.deadlines?.().map((ms) => now + ms) ?? [];
    const derived = this.#marks.flatMap((mark) => this.#durations.map((ms) => mark + ms));
    const set = nextAt === undefined ? [] : [nextAt];
    return [...new Set([...told, ...derived, ...set])]
      .filter((at) => at > now)
      .sort((one, other) => one - other);
  }
}
