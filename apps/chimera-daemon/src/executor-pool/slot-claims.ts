import type { Clock, Timer } from '@chimera/policy';

export interface SlotClaimsDeps {
  readonly clock: Clock;
  /** Slots that are wanted, and those of them that are taken. */
  readonly slots: () => { readonly target: number; readonly running: number };
  /** Whether anything may start now. */
  readonly mayClaim: () => boolean;
  /** Starts up to `limit` phases and resolves to how many; they are `running` by then. */
  readonly claim: (limit: number) => Promise<number>;
  /** When something falls due that waits for its time. */
  readonly nextDueAt: () => Promise<number | undefined>;
  readonly onError: (error: unknown) => void;
}

/** A claim is one piece of work for the event loop: the slots of a large pool are filled in several. */
const mostPerClaim = 128;
/** A smaller pool is filled at once. */
const leastPerClaim = 32;
/** While one claim is being committed, the slots that come free meanwhile are claimed for by the next. */
const mostClaims = 2;
/** The queue is asked again at least this often, should a wake-up be missed. */
const safetyPollMs = 5_000;
const retryMs = 1_000;

/**
 * Claims for the slots that are free: at once when work may have come, else when some falls due.
 * Half of a large pool is claimed for at a time, so that one half works while the claims of the
 * other are committed.
 */
export class SlotClaims {
  readonly #deps: SlotClaimsDeps;
  #claims: readonly Promise<void>[] = [];
  /** Slots that claims under way may fill. */
  #claimed = 0;
  /** There may be work that no claim under way is going to find. */
  #isWanted = false;
  /** The queue is about to be asked, once all slots of this turn have come free. */
  #isLooking = false;
  #timer: Timer | undefined;

  constructor(deps: SlotClaimsDeps) {
    this.#deps = deps;
  }

  /** Work may have come, or a slot. */
  wake(): void {
    if (!this.#deps.mayClaim()) return;
    this.#isWanted = true;
    if (this.#free >= this.#most) {
      this.#claim();
    } else if (!this.#isLooking) {
      this.#isLooking = true;
      // Outcomes are committed in groups: let all slots of this turn come free, and claim for them
      // at once, in time for the commit at its end.
      process.nextTick(() => {
        this.#isLooking = false;
        if (this.#isWanted) this.#claim();
      });
    }
  }

  /**
   * To be called once nothing may be claimed: wakes no more by itself. Resolves when no claim is
   * under way that was when it was called.
   */
  async rest(): Promise<void> {
    this.#timer?.cancel();
    await Promise.all(this.#claims);
  }

  get #free(): number {
    const { running, target } = this.#deps.slots();
    return target - running - this.#claimed;
  }

  get #most(): number {
    const { target } = this.#deps.slots();
    return Math.min(mostPerClaim, Math.max(leastPerClaim, Math.ceil(target / 2)));
  }

  #claim(): void {
    // Whichever claim ends next looks again.
    if (this.#claims.length >= mostClaims || !this.#deps.mayClaim()) return;
    const free = this.#free;
    // Claims under way may fill fewer slots than they are for, and know nothing of what comes now.
    this.#isWanted = free <= 0 && this.#claimed > 0;
    if (free <= 0) return;
    this.#timer?.cancel();
    const limit = Math.min(free, this.#most);
    const claim = this.#claimFor(limit).finally(() => {
      this.#claims = this.#claims.filter((other) => other !== claim);
      if (this.#isWanted) this.wake();
    });
    this.#claims = [...this.#claims, claim];
    if (limit < free && this.#claims.length < mostClaims) this.wake();
  }

  async #claimFor(limit: number): Promise<void> {
    const { claim, mayClaim, onError } = this.#deps;
    this.#claimed += limit;
    try {
      const started = await claim(limit).finally(() => {
        this.#claimed -= limit;
      });
      this.#isWanted ||= started === limit && this.#free > 0;
      const isLast = this.#claimed === 0;
      if (isLast && !this.#isWanted && mayClaim()) await this.#sleepUntilDue();
    } catch (error) {
      onError(error);
      this.#wakeIn(retryMs);
    }
  }

  async #sleepUntilDue(): Promise<void> {
    const { clock, nextDueAt } = this.#deps;
    const dueAt = await nextDueAt();
    if (this.#isWanted || this.#claimed > 0 || this.#free <= 0) return;
    const waitMs = dueAt === undefined ? safetyPollMs : dueAt - clock.now();
    this.#wakeIn(Math.min(Math.max(waitMs, 1), safetyPollMs));
  }

  #wakeIn(delayMs: number): void {
    const { clock, mayClaim } = this.#deps;
    if (!mayClaim()) return;
    // Of another claim that has ended.
    this.#timer?.cancel();
    this.#timer = clock.setTimer(() => this.wake(), delayMs);
  }
}
