import type { Lane } from './task-queue.ts';

export type SchedulerEvent =
  | { readonly type: 'queued'; readonly id: string; readonly size: number }
  | {
      readonly type: 'refused';
      readonly id: string;
      readonly scope: 'queue' | 'tenant';
      readonly size: number;
    }
  | {
      readonly type: 'popped';
      readonly id: string;
      readonly lane: Lane;
      readonly waitMs: number;
      readonly size: number;
    }
  | { readonly type: 'cancelled'; readonly id: string; readonly size: number }
  | {
      readonly type: 'reprioritised';
      readonly id: string;
      readonly from: number;
      readonly to: number;
    };
