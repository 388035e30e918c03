import { onlyKnown } from '../check/only-known.ts';
import { checkTriggers } from '../sim/engine/check-triggers.ts';
import { objectOption } from '../sim/engine/finite-option.ts';
import { owner, type Settings, settingsFrom } from './settings.ts';
import type { Trace } from './trace.ts';

const prefix = 'harm1:';

/** A trace and what it was judged by as one word: the same on every machine. */
export function encodeHarm(settings: Settings, trace: Trace): string {
  const base64 = btoa(JSON.stringify([settings, trace]));
  return `${prefix}${base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}`;
}

/** @throws RangeError for what is no whole `harm1:` string. */
export function decodeHarm(proof: string): { readonly settings: Settings; readonly trace: Trace } {
  if (typeof proof !== 'string' || !proof.startsWith(prefix)) return refuse(proof);
  let parsed: unknown;
  try {
    parsed = JSON.parse(atob(proof.slice(prefix.length).replaceAll('-', '+').replaceAll('_', '/')));
  } catch (error) {
    return refuse(proof, error);
  }
  const [settings, trace] = Array.isArray(parsed) ? (parsed as [Settings, Trace]) : refuse(proof);
  objectOption(owner, 'the settings of a proof', settings);
  const { patienceMs, settleMs, traceMs, warmUpMs, ...rest } = settings;
  onlyKnown(owner, 'the settings of a proof', rest, [
    'load',
    'clients',
    'measure',
    'margin',
    'runs',
    'seed',
    'maxAttempts',
  ]);
  checkTriggers(owner, trace);
  return {
    settings: settingsFrom({
      ...rest,
      patience: patienceMs,
      warmUp: warmUpMs,
      traceFor: traceMs,
      settleFor: settleMs,
    }),
    trace,
  };
}

function refuse(proof: unknown, cause?: unknown): never {
  const shown = typeof proof === 'string' && proof.length > 40 ? `${proof.slice(0, 40)}…` : proof;
  throw new RangeError(
    `${owner}: a proof must be a whole "${prefix}…" string, got ${JSON.stringify(shown)}`,
    { cause },
  );
}
