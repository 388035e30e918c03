import type { HealthFinding, HealthStatus } from '@chimera/client';
import type { Debounced } from './debounce.ts';
import type { HealthReading } from './health-reading.ts';
import { type HealthRule, healthRules } from './health-rules.ts';

/** What is the case, gravest first; of each subject the gravest alone. */
export function findingsOf(
  reading: HealthReading,
  states: ReadonlyMap<HealthRule, Debounced>,
  wallClockOf: (monotonic: number) => number,
): readonly HealthFinding[] {
  const subjects = new Set<string>();
  const findings: HealthFinding[] = [];
  for (const rule of healthRules) {
    const state = states.get(rule);
    if (state === undefined || !state.isActive || subjects.has(rule.subject)) continue;
    subjects.add(rule.subject);
    const { advice, finding, severity, subject } = rule;
    findings.push({
      subject,
      severity,
      since: wallClockOf(state.changedAt),
      // While it clears, it is still told, by what it was.
      message: finding(reading) ?? `${subject} is better, and watched until it stays so`,
      advice: advice(reading),
    });
  }
  const order = ['critical', 'warning', 'info'];
  return findings.sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
}

/** `info` is advice, not illness. */
export function statusOf(findings: readonly HealthFinding[]): HealthStatus {
  if (findings.some(({ severity }) => severity === 'critical')) return 'unhealthy';
  return findings.some(({ severity }) => severity === 'warning') ? 'degraded' : 'healthy';
}
