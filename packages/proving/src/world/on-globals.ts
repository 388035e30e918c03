import { type Create, type Executes, type Subject, subjectOf } from '../check/subject.ts';
import { borrowGlobals } from './globals.ts';
import type { World } from './world.ts';

/**
 * For policies that take their time from `Date`, `setTimeout`, `performance` and `Math.random`: each
 * run has the world's in their place, and puts the real ones back when it ends. Not for runs side by
 * side in one thread.
 */
export function onGlobals(create: Create): Create {
  return (world: World) => {
    const giveBack = borrowGlobals(world);
    try {
      return giving(subjectOf(create(world)), giveBack);
    } catch (error) {
      giveBack();
      throw error;
    }
  };
}

function giving(subject: Subject, giveBack: () => void): Subject {
  return {
    ...subject,
    close: () => {
      subject.close?.();
      giveBack();
    },
    ...(subject.restart !== undefined && {
      restart: (stored: unknown) => giving(subjectOf(restarted(subject, stored)), giveBack),
    }),
  };
}

function restarted(subject: Subject, stored: unknown): Subject | Executes {
  return subject.restart?.(stored) ?? subject;
}
