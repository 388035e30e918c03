import { judge, type Trial, type Verdict } from './judge.ts';
import type { Attempt, Program, Step } from './step.ts';

export interface Shrunk {
  readonly program: Program;
  readonly verdict: Verdict;
  /** Programs that were tried. */
  readonly tried: number;
}

/**
 * The smallest program around that breaks the same law: no step of it can be left out, and no step
 * made simpler. Drops stretches of steps from long to short (delta debugging: Zeller and
 * Hildebrandt, 2002), then makes single steps simpler and merges waits, until nothing helps.
 */
export async function shrink(
  program: Program,
  verdict: Verdict,
  trial: Trial,
  seed: number,
  limit: number = 2_000,
): Promise<Shrunk> {
  const sought: Trial = { ...trial, laws: [verdict.law] };
  let best = { program, verdict };
  let tried = 0;
  const improve = async (candidates: Iterable<Program>) => {
    for (const candidate of candidates) {
      if (tried >= limit) return false;
      tried += 1;
      const found = await judge(candidate, sought, seed);
      if (found !== undefined) {
        best = { program: candidate, verdict: found };
        return true;
      }
    }
    return false;
  };
  while (
    (await improve(shorter(best.program))) ||
    (await improve(simpler(best.program))) ||
    (await improve(shorterByTwo(best.program)))
  );
  return { ...best, tried };
}

/** Without a stretch of steps: half of them, a quarter, …, one. */
function* shorter(program: Program): Iterable<Program> {
  for (let size = Math.ceil(program.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let from = program.length - size; from >= 0; from -= size) {
      yield program.toSpliced(from, size);
    }
  }
}

/** Without any two steps: a call that begins and its end are of no use alone. */
function* shorterByTwo(program: Program): Iterable<Program> {
  for (let one = program.length - 1; one > 0; one -= 1) {
    for (let other = one - 1; other >= 0; other -= 1) {
      const rest = program.toSpliced(one, 1).toSpliced(other, 1);
      yield rest;
      // What hung before the two are gone hangs at other places now.
      for (const [index, step] of rest.entries()) {
        if (step.do === 'end' && step.nth > 0)
          yield rest.with(index, { ...step, nth: step.nth - 1 });
      }
    }
  }
}

/** With one step made simpler, or two waits made one. */
function* simpler(program: Program): Iterable<Program> {
  for (const [index, step] of program.entries()) {
    const next = program[index + 1];
    if (step.do === 'wait' && next?.do === 'wait') {
      yield program.toSpliced(index, 2, { do: 'wait', ms: step.ms + next.ms });
    }
    for (const simple of simplerSteps(step)) yield program.with(index, simple);
  }
}

function* simplerSteps(step: Step): Iterable<Step> {
  switch (step.do) {
    case 'wait':
      for (const ms of smaller(step.ms)) yield { do: 'wait', ms };
      return;
    case 'jump':
      if (step.ms < 0) yield { do: 'jump', ms: -step.ms };
      for (const ms of smaller(step.ms)) if (ms !== 0) yield { do: 'jump', ms };
      return;
    case 'await':
      if (step.plus !== 0) yield { ...step, plus: 0 };
      for (let nth = 0; nth < step.nth; nth += 1) yield { ...step, nth };
      return;
    case 'end':
      if (step.gives === 'X') yield { ...step, gives: 'S' };
      for (let nth = 0; nth < step.nth; nth += 1) yield { ...step, nth };
      return;
    case 'abort':
      for (let nth = 0; nth < step.nth; nth += 1) yield { ...step, nth };
      return;
    case 'start':
      yield* simplerStarts(step);
      return;
    case 'restart':
  }
}

function* simplerStarts(step: Extract<Step, { do: 'start' }>): Iterable<Step> {
  const { script, deadlineMs, ...rest } = step;
  if (deadlineMs !== undefined) {
    yield script === undefined ? rest : { ...rest, script };
    for (const ms of smaller(deadlineMs)) yield { ...step, deadlineMs: ms };
  }
  if (script === undefined) return;
  for (let at = script.length - 1; at >= 0 && script.length > 1; at -= 1) {
    yield { ...step, script: script.toSpliced(at, 1) };
  }
  for (const [index, attempt] of script.entries()) {
    for (const simple of simplerAttempts(attempt))
      yield { ...step, script: script.with(index, simple) };
  }
}

function* simplerAttempts({ gives, afterMs, hintMs }: Attempt): Iterable<Attempt> {
  const hint = hintMs === undefined ? {} : { hintMs };
  if (hintMs !== undefined) {
    yield { gives, afterMs };
    for (const ms of smaller(hintMs)) yield { gives, afterMs, hintMs: ms };
  }
  if (gives === 'X') yield { gives: 'F', afterMs, ...hint };
  for (const ms of smaller(afterMs)) yield { gives, afterMs: ms, ...hint };
}

/** Nearer to 0, boldly first. */
function* smaller(ms: number): Iterable<number> {
  for (let gap = ms; Math.abs(gap) >= 1; gap = Math.trunc(gap / 2)) yield ms - gap;
}
