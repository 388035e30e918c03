import {
  choiceOption,
  type Duration,
  durationOption,
  integerOption,
  numberOption,
  refuseOption,
} from '@chimera/policy';
import type { CapacityRule } from './capacity.ts';
import type { LaneRule } from './lane.ts';
import type { QueueRule } from './queue-rule.ts';
import { type ScoreOptions, scoreRule } from './score-options.ts';

export interface IntelligentSchedulerOptions extends ScoreOptions {
  /** Tasks that may wait at most. Default Infinity. */
  readonly limit?: number;
  /** Tasks of one tenant that may wait at most. Default Infinity. */
  readonly limitPerTenant?: number;
  /**
   * At a limit, 'refuse' turns away whoever comes: the push throws {@link QueueFullError}. 'shed'
   * lets the least urgent go, by priority: a task of lower priority that waits gives its place to
   * the one that comes and is told to `onDropped`; where there is none, the push throws. Default
   * 'refuse'.
   */
  readonly whenFull?: 'refuse' | 'shed';
  /**
   * What becomes of a task whose `deadlineAt` has passed while it waited: 'serve' hands it out all
   * the same, 'drop' never does, and tells `onDropped`. Default 'serve'.
   */
  readonly whenExpired?: 'serve' | 'drop';
  /** Share of a limit (0..1) from which a push answers 'slow-down'. Default 0.8. */
  readonly slowDownFrom?: number;
  /** Shares each priority level among tenants by estimated run time. Default false. */
  readonly fair?: boolean;
  /** Shares of tenants relative to each other; a tenant that is not named has 1. Default {}. */
  readonly weights?: Readonly<Record<string, number>>;
  /**
   * Estimated run time, over its weight, that a tenant may have before the others when it comes
   * back from idleness. Over any time in which its account is not forgotten (that takes more than
   * the cap without service) its share is at most this off. Default 5 minutes.
   */
  readonly idleCredit?: Duration;
  /** A task is pressed once the time left to start it is under this many estimates. Default 2. */
  readonly deadlineSlack?: number;
  /** How often in a row pressed tasks go before others of their priority and tenant. Default 3. */
  readonly deadlineBurst?: number;
  /** Slots that only tasks of `urgentFrom` and above may use; acts when `pop` is told the slots. Default 0. */
  readonly urgentSlots?: number;
  /** The lowest priority that is urgent. Default 8. */
  readonly urgentFrom?: number;
  /** Slots that serve the oldest waiter, whatever its score; acts when `pop` is told the slots. Default 0. */
  readonly oldestSlots?: 0 | 1;
}

export interface SchedulerRule {
  readonly queue: QueueRule;
  readonly lanes: LaneRule;
  readonly capacity: CapacityRule;
  readonly slowDownFrom: number;
}

const owner = 'intelligent-scheduler';

/** The options with their defaults. Throws RangeError. */
export function schedulerRule(options: IntelligentSchedulerOptions): SchedulerRule {
  const count = (option: 'limit' | 'limitPerTenant') =>
    integerOption(owner, option, options[option] ?? Infinity, 1);
  return {
    queue: {
      score: scoreRule(options),
      isFair: options.fair ?? false,
      weights: weights(options.weights ?? {}),
      idleCreditMs: durationOption(owner, 'idleCredit', options.idleCredit ?? '5m'),
      deadlineSlack: numberOption(owner, 'deadlineSlack', options.deadlineSlack ?? 2, 0),
      deadlineBurst: integerOption(owner, 'deadlineBurst', options.deadlineBurst ?? 3, 0),
      dropsExpired: dropsExpired(options.whenExpired ?? 'serve'),
    },
    lanes: {
      urgentSlots: integerOption(owner, 'urgentSlots', options.urgentSlots ?? 0, 0),
      urgentFrom: integerOption(owner, 'urgentFrom', options.urgentFrom ?? 8, 0, 10),
      oldestSlots: integerOption(owner, 'oldestSlots', options.oldestSlots ?? 0, 0, 1),
    },
    capacity: {
      limit: count('limit'),
      limitPerTenant: count('limitPerTenant'),
      whenFull: choiceOption(owner, 'whenFull', options.whenFull ?? 'refuse', ['refuse', 'shed']),
    },
    slowDownFrom: numberOption(owner, 'slowDownFrom', options.slowDownFrom ?? 0.8, 0, 1),
  };
}

function dropsExpired(whenExpired: 'serve' | 'drop'): boolean {
  return choiceOption(owner, 'whenExpired', whenExpired, ['serve', 'drop']) === 'drop';
}

function weights(given: Readonly<Record<string, number>>): ReadonlyMap<string, number> {
  for (const [tenant, weight] of Object.entries(given)) {
    if (!(weight > 0 && weight < Infinity)) {
      refuseOption(owner, `weights.${tenant}`, 'a finite number > 0', weight);
    }
  }
  return new Map(Object.entries(given));
}
