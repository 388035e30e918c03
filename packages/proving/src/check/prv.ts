import type { Rules } from './rules.ts';
import type { Attempt, Ending, Program, Step } from './step.ts';

/** All that it takes to see a run again. */
export interface Proof {
  readonly rules: Rules;
  readonly seed: number;
  readonly program: Program;
}

const prefix = 'prv1:';

/**
 * A run as one word. It holds the options, the seed and every step, not the way they were drawn: so
 * it means the same on every machine, and after the generators have changed.
 */
export function encode({ rules, seed, program }: Proof): string {
  const text = JSON.stringify([rules, seed, program.map(encodeStep).join(' ')], encodeInfinity);
  return `${prefix}${btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}`;
}

/** @throws RangeError for what is no `prv1:` string. */
export function decode(proof: string): Proof {
  if (!proof.startsWith(prefix)) refuse(proof);
  const base64 = proof.slice(prefix.length).replaceAll('-', '+').replaceAll('_', '/');
  let parsed: unknown;
  try {
    parsed = JSON.parse(atob(base64), decodeInfinity);
  } catch (error) {
    refuse(proof, error);
  }
  const [rules, seed, steps] = parsed as [Rules, number, string];
  return { rules, seed, program: steps.split(' ').filter(Boolean).map(decodeStep) };
}

function refuse(proof: string, cause?: unknown): never {
  const shown = proof.length > 40 ? `${proof.slice(0, 40)}…` : proof;
  throw new RangeError(`proving: a proof must be a whole "${prefix}…" string, got "${shown}"`, {
    cause,
  });
}

/** JSON knows no Infinity; what is undefined is left out and read as such. */
function encodeInfinity(_key: string, value: unknown): unknown {
  return value === Infinity ? 'Infinity' : value;
}

function decodeInfinity(_key: string, value: unknown): unknown {
  return value === 'Infinity' ? Infinity : value;
}

function encodeStep(step: Step): string {
  switch (step.do) {
    case 'start': {
      const script = step.script?.map(encodeAttempt).join(',') ?? '';
      const deadline = step.deadlineMs === undefined ? '' : `d${step.deadlineMs}`;
      return `s${step.heeds === true ? 'h' : ''}${deadline}${script && `:${script}`}`;
    }
    case 'end':
      return `e${step.nth}${step.gives}`;
    case 'wait':
      return `w${step.ms}`;
    case 'await':
      return `u${step.nth}${step.plus === 0 ? '' : step.plus > 0 ? '+' : '-'}`;
    case 'abort':
      return `a${step.nth}`;
    case 'jump':
      return `j${step.ms}`;
    case 'restart':
      return 'r';
  }
}

function encodeAttempt({ gives, afterMs, hintMs }: Attempt): string {
  return `${gives}${afterMs}${hintMs === undefined ? '' : `?${hintMs}`}`;
}

function decodeStep(word: string): Step {
  const rest = word.slice(1);
  switch (word.charAt(0)) {
    case 's':
      return decodeStart(rest);
    case 'e':
      return { do: 'end', nth: Number(rest.slice(0, -1)), gives: rest.slice(-1) as Ending };
    case 'w':
      return { do: 'wait', ms: Number(rest) };
    case 'u':
      return {
        do: 'await',
        nth: Number.parseInt(rest, 10),
        plus: rest.endsWith('+') ? 1 : rest.endsWith('-') ? -1 : 0,
      };
    case 'a':
      return { do: 'abort', nth: Number(rest) };
    case 'j':
      return { do: 'jump', ms: Number(rest) };
    case 'r':
      return { do: 'restart' };
    default:
      return refuse(word);
  }
}

function decodeStart(rest: string): Step {
  const [head = '', script] = rest.split(':');
  const deadline = /d([\d.]+)/.exec(head)?.[1];
  return {
    do: 'start',
    ...(head.startsWith('h') && { heeds: true }),
    ...(deadline !== undefined && { deadlineMs: Number(deadline) }),
    ...(script !== undefined && { script: script.split(',').map(decodeAttempt) }),
  };
}

function decodeAttempt(word: string): Attempt {
  const [afterMs, hintMs] = word.slice(1).split('?').map(Number);
  return {
    gives: word[0] as Ending,
    afterMs: afterMs ?? 0,
    ...(hintMs !== undefined && { hintMs }),
  };
}
