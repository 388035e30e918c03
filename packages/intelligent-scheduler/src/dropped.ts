import type { Scope } from './capacity.ts';
import type { Task } from './task.ts';

/** A task that waited, or was pushed, and will never be handed out; and why. */
export type Dropped<T extends Task = Task> =
  | {
      readonly reason: 'shed';
      readonly task: T;
      /** What was full. */
      readonly scope: Scope;
      /** The id of the task that came, and has its place. */
      readonly by: string;
    }
  | {
      readonly reason: 'expired';
      readonly task: T;
      /** Ms since its deadline. */
      readonly lateMs: number;
    };
