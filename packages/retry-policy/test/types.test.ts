import type { Policy } from '@chimera/policy';
import { expectTypeOf, it } from 'vitest';
import {
  type Backoff,
  exponential,
  HedgePolicy,
  type ErrorTest,
  type InFlightBudget,
  isInstance,
  type QuotaBudget,
  type RetryBudget,
  type RetryDecision,
  type RetryEvent,
  RetryPolicy,
  type WindowBudget,
} from '../src/index.ts';

it('a policy gives what its operation gives', () => {
  const policy = new RetryPolicy();
  expectTypeOf(policy.execute(() => 7)).toEqualTypeOf<Promise<number>>();
  expectTypeOf(policy.execute(async () => 'text')).toEqualTypeOf<Promise<string>>();
  expectTypeOf(new HedgePolicy().execute(() => true)).toEqualTypeOf<Promise<boolean>>();
});

it('policies and budgets keep their contracts', () => {
  expectTypeOf<RetryPolicy>().toExtend<Policy>();
  expectTypeOf<HedgePolicy>().toExtend<Policy>();
  expectTypeOf<InFlightBudget>().toExtend<RetryBudget>();
  expectTypeOf<WindowBudget>().toExtend<RetryBudget>();
  expectTypeOf<QuotaBudget>().toExtend<RetryBudget>();
});

it('a plain function of the retry is a backoff', () => {
  expectTypeOf((retry: number) => retry * 100).toExtend<Backoff>();
  expectTypeOf(exponential()).toEqualTypeOf<Backoff>();
});

it('only a decision to retry has a delay', () => {
  expectTypeOf<RetryDecision & { retry: true }>().toHaveProperty('delayMs');
  expectTypeOf<RetryDecision & { retry: false }>().not.toHaveProperty('delayMs');
});

it('an event is told apart by its type', () => {
  type Stopped = Extract<RetryEvent, { type: 'stopped' }>;
  expectTypeOf<Stopped['error']>().toEqualTypeOf<unknown>();
  expectTypeOf<Stopped>().not.toHaveProperty('delayMs');
});

it('any class can be tested for, abstract ones too', () => {
  abstract class Failure extends Error {
    constructor(readonly0: string, protected1: number) {
      super(readonly0 + String(protected1));
    }
  }
  expectTypeOf(isInstance(Failure, TypeError)).toEqualTypeOf<ErrorTest>();
});
