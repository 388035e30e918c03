import type { LimitView } from '@chimera/client';
import { instant, oneLine } from './output.ts';

/** What a limit that is used up keeps from starting. */
export function limitLine({ concurrency, key, nextStartAt, running }: LimitView): string {
  const what =
    nextStartAt === null
      ? `${running} of ${concurrency} running`
      : `its rate lets the next phase start at ${instant(nextStartAt)}`;
  const children = /^children (\d+) of (\S+) /.exec(key);
  if (children !== null) {
    const [, most, parent] = children;
    return `${running} of ${most} children of ${parent} run, and others wait for them`;
  }
  return `${oneLine(key)} holds work back: ${what}`;
}
