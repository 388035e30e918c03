interface Resources {
  readonly process?: { readonly getActiveResourcesInfo?: () => readonly string[] };
}

const { process } = globalThis as Resources;

/**
 * How many timers of the machine are set and keep the process alive; 0 where the platform does not
 * say. A policy under test that sets one waits for an instant that virtual time never comes to.
 */
export function machineTimers(): number {
  const active = process?.getActiveResourcesInfo?.() ?? [];
  let timers = 0;
  for (const kind of active) if (kind === 'Timeout') timers += 1;
  return timers;
}
