import type { Scope } from './capacity.ts';
import type { Lane } from './task-queue.ts';

export type SchedulerEvent =
  | { readonly type: 'queued'; readonly id: string; readonly size: number }
  | {
      readonly type: 'refused';
      readonly id: string;
      readonly scope: Scope;
      readonly size: number;
    }
  | {
      readonly type: 'popped';
      readonly id: string;
      readonly lane: Lane;
      readonly waitMs: number;
      readonly size: number;
    }
  | {
      readonly type: 'shed';
      readonly id: string;
      readonly scope: Scope;
      /** The id of the task that has its place. */
      readonly by: string;
      readonly size: number;
    }
  | {
      readonly type: 'expired';
      readonly id: string;
      readonly lateMs: number;
      readonly size: number;
    }
  | { readonly type: 'cancelled'; readonly id: string; readonly size: number }
  | {
      readonly type: 'reprioritised';
      readonly id: string;
      readonly from: number;
      readonly to: number;
    };
