/** Milliseconds as a number, or a number with its unit: `250`, `'250ms'`, `'2s'`, `'1.5m'`, `'1h'`, `'7d'`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const form = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/** The duration in ms, or undefined when it is not one (negative, not finite, unknown unit). */
export function parseDuration(value: unknown): number | undefined {
  const match = typeof value === 'string' && form.exec(value);
  const ms = match ? Number(match[1]) * unitMs[match[2] as keyof typeof unitMs] : value;
  return typeof ms === 'number' && ms >= 0 && ms < Infinity ? ms : undefined;
}
