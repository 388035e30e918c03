import { setTimeout as sleep } from 'node:timers/promises';
import type { ChimeraClient } from '@chimera/client';
import type { LoggedEvent } from '@chimera/proving/history';

export async function allEvents(client: ChimeraClient): Promise<readonly LoggedEvent[]> {
  const all: LoggedEvent[] = [];
  for (;;) {
    const page = await client.events({ after: all.at(-1)?.seq ?? 0, limit: 1000 });
    if (page.length === 0) return all;
    all.push(...page.map((event) => ({ ...event, data: event.data as LoggedEvent['data'] })));
  }
}

/** Resolves when nothing is queued, running or waiting any more. */
export async function untilAllEnded(
  client: ChimeraClient,
  limitMs: number = 120_000,
): Promise<void> {
  const giveUpAt = performance.now() + limitMs;
  for (;;) {
    const { workflows } = await client.status();
    const open = workflows.queued + workflows.running + workflows.waiting;
    if (open === 0) return;
    if (performance.now() > giveUpAt)
      throw new Error(`${open} workflows have not come to an end within ${limitMs} ms`);
    await sleep(50);
  }
}
