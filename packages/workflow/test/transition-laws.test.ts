import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  initialState,
  transition,
  type WorkflowDefinition,
  type WorkflowEvent,
  type WorkflowState,
} from '@chimera/workflow';
import { definitions, events, states } from './random-workflows.ts';
import { expectLawful, expectSound } from './state-invariants.ts';

const histories = fc.array(events, { size: '+1' });

describe('for any valid definition and any history', () => {
  it('every step is lawful and every state is sound', () => {
    fc.assert(
      fc.property(definitions, histories, (definition, history) => {
        let state = frozen(initialState(definition));
        for (const event of history) {
          const step = transition(definition, state, event);
          expect(step.commands.length).toBeLessThanOrEqual(2);
          expectLawful(state, event, step);
          expectSound(definition, step.state);
          state = frozen(step.state);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('what is under way can still be completed', () => {
    fc.assert(
      fc.property(definitions, histories, (definition, history) => {
        const state = after(definition, history);
        fc.pre(state.status === 'queued' || state.status === 'waiting');
        expect(canComplete(definition, state)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('a state survives being stored as JSON', () => {
    fc.assert(
      fc.property(definitions, histories, (definition, history) => {
        const state = after(definition, history);
        expect(JSON.parse(JSON.stringify(state))).toEqual(state);
      }),
      { numRuns: 200 },
    );
  });

  it('spends no more attempts than visits and retries allow, where every phase is bounded', () => {
    fc.assert(
      fc.property(definitions, histories, (definition, history) => {
        fc.pre(definition.phases.every(({ maxVisits }) => maxVisits < 100));
        const bound = definition.phases
          .map(({ maxVisits, retry }) => maxVisits * (retry.maxRetries + 1))
          .reduce((sum, attempts) => sum + attempts, 0);
        let spent = 0;
        let state = initialState(definition);
        for (const event of history.filter(({ type }) => type !== 'requeued')) {
          const { state: next, commands } = transition(definition, state, event);
          if (commands.some(({ type }) => type === 'run-phase')) spent += 1;
          if (state.status === 'running' && givesBack(event) && next !== state) spent -= 1;
          state = next;
          expect(spent).toBeLessThanOrEqual(bound);
        }
      }),
      { numRuns: 200 },
    );
  });
});

it('is total: any state takes any event', () => {
  fc.assert(
    fc.property(definitions, states, events, (definition, state, event) => {
      const step = transition(definition, frozen(state), event);
      expect(step.commands.length).toBeLessThanOrEqual(2);
      expectLawful(state, event, step);
    }),
    { numRuns: 2_000 },
  );
});

function givesBack(event: WorkflowEvent): boolean {
  return ['parked', 'interrupted', 'children-started'].includes(event.type);
}

function after(definition: WorkflowDefinition, history: readonly WorkflowEvent[]): WorkflowState {
  return history.reduce(
    (state, event) => transition(definition, state, event).state,
    initialState(definition),
  );
}

/** Tries both verdicts at every phase, entering each at most once more. */
function canComplete(definition: WorkflowDefinition, from: WorkflowState): boolean {
  let frontier = [from];
  for (let visits = 0; visits < definition.phases.length; visits += 1) {
    frontier = frontier.flatMap((state) => {
      // Whatever its children come to: it is claimed once their time is over, too.
      const running = transition(definition, state, { type: 'claimed', at: Infinity }).state;
      return [
        { type: 'phase-succeeded', at: 0, output: null } as const,
        { type: 'phase-rejected', at: 0, reason: '', output: null } as const,
      ].map((event) => transition(definition, running, event).state);
    });
    if (frontier.some(({ status }) => status === 'completed')) return true;
  }
  return false;
}

/** A transition that writes into its input throws on this. */
function frozen<T extends object>(value: T): T {
  for (const inner of Object.values(value))
    if (typeof inner === 'object' && inner !== null && !Object.isFrozen(inner)) frozen(inner);
  return Object.freeze(value);
}
