import { machineTimers } from '../../world/machine-timers.ts';

/** Looking costs about half a microsecond: at first always, then now and then. */
const alwaysAtFirst = 1_000;
const thenOneOf = 16;

/** Whoever waits beside a simulation may set a timer or two of their own while promises settle. */
const mostOfOthers = 2;

/**
 * Notices that a policy sets timers of the machine: they do not fire while virtual time flies, so
 * that a timeout never ends a call and a retry never comes.
 */
export class TimerWatch {
  #begins = 0;
  #turns = 0;
  #grown = 0;
  /** At the end of the turn before; undefined when others may have had theirs in between. */
  #before: number | undefined = undefined;

  /** Whatever `begin` sets before it returns is the policy's, and nobody else's. */
  during(begin: () => void): void {
    if (!isLookedAt(this.#begins++)) return begin();
    const before = machineTimers();
    begin();
    if (machineTimers() > before) refuse();
  }

  /** At the end of a turn in which only promises have settled. */
  turn(): void {
    const turn = this.#turns++;
    if (isLookedAt(turn) && this.#before !== undefined && machineTimers() > this.#before) {
      this.#grown += 1;
      if (this.#grown > mostOfOthers) refuse();
    }
    this.#before = isLookedAt(turn + 1) ? machineTimers() : undefined;
  }

  /** At the end of a turn in which the process went on with other things as well. */
  turnOfOthers(): void {
    this.#turns += 1;
    this.#before = undefined;
  }
}

function isLookedAt(count: number): boolean {
  return count < alwaysAtFirst || count % thenOneOf === 0;
}

function refuse(): never {
  throw new RangeError(
    "simulate: a policy must take its time from its site, got one that set a timer of the machine, which virtual time does not wait for; hand it the site's clock: (site) => new Timeout({ after: '1s' }, site)",
  );
}
