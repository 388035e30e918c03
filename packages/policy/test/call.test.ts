import { getEventListeners } from 'node:events';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Call } from '@chimera/policy';

const operation = () => 'done';

const rootCall = (signal?: AbortSignal) =>
  new Call(operation, 1, undefined, signal, undefined, undefined);

const listenersOf = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;

test('a child carries the call on: operation, deadline, trail and key', () => {
  const trail: [] = [];
  const call = new Call(operation, 1, 500, undefined, trail, 'user:1');
  const { attempt, deadline, askedFor } = call.child(2);
  expect({ attempt, deadline, askedFor }).toEqual({
    attempt: 2,
    deadline: 500,
    askedFor: 'user:1',
  });
  expect(call.child().operation).toBe(operation);
  expect(call.child().trail).toBe(trail);
  expect(call.child(3, 200).deadline).toBe(200);
});

test('the signal is the same on each read', () => {
  const call = rootCall();
  expect(call.signal).toBe(call.signal);
  expect(call.child().signal).not.toBe(call.signal);
});

test('nothing hangs on the caller until somebody looks', () => {
  const { signal } = new AbortController();
  const call = rootCall(signal);
  const child = call.child();
  expect(child.aborted).toBe(false);
  expect(listenersOf(signal)).toBe(0);
  expect(child.signal.aborted).toBe(false);
  expect(listenersOf(signal)).toBe(1);
});

test('the caller is listened to once, and forgotten on release and after an abort', () => {
  const { signal } = new AbortController();
  for (const end of [
    (call: Call<string>) => call.release(),
    (call: Call<string>) => call.abort(),
  ]) {
    const call = rootCall(signal);
    call.onAbort(() => {})();
    call.child().onAbort(() => {});
    expect(call.signal.aborted).toBe(false);
    expect(listenersOf(signal)).toBe(1);
    end(call);
    expect(listenersOf(signal)).toBe(0);
  }
});

test('a signal that was read hears the abort when the last listener has gone', () => {
  const controller = new AbortController();
  const call = rootCall(controller.signal);
  const { signal } = call;
  call.onAbort(() => {})();
  controller.abort('enough');
  expect([signal.aborted, signal.reason]).toEqual([true, 'enough']);
});

test('a signal that is first read after the abort is aborted, with the reason', () => {
  const call = rootCall(AbortSignal.abort('enough'));
  const { signal } = call.child();
  expect([signal.aborted, signal.reason]).toEqual([true, 'enough']);
});

test('a signal that is first read after the release does not hang on the caller', () => {
  const controller = new AbortController();
  const call = rootCall(controller.signal);
  call.release();
  expect(call.signal.aborted).toBe(false);
  expect(listenersOf(controller.signal)).toBe(0);
  controller.abort();
  expect([call.aborted, call.signal.aborted, call.abortReason]).toEqual([false, false, undefined]);
});

test('a listener on an aborted call is called at once', () => {
  const call = rootCall();
  call.abort('enough');
  const heard: unknown[] = [];
  call.child().onAbort((reason) => heard.push(reason));
  expect(heard).toEqual(['enough']);
});

test('only a call without anything above it is not abortable', () => {
  expect(rootCall().isAbortable).toBe(false);
  expect(rootCall().child().isAbortable).toBe(true);
  expect(rootCall(new AbortController().signal).isAbortable).toBe(true);
});

describe('a tree of calls', () => {
  type Step =
    | { readonly kind: 'child' | 'release' | 'read' | 'listen'; readonly at: number }
    | { readonly kind: 'abort'; readonly at: number; readonly reason: string }
    | { readonly kind: 'stop'; readonly listener: number }
    | { readonly kind: 'caller'; readonly reason: string };

  const at = fc.nat(30);
  const reason = fc.string({ minLength: 1, maxLength: 3 });
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({ kind: fc.constant('child'), at }),
    fc.record({ kind: fc.constant('child'), at }),
    fc.record({ kind: fc.constantFrom('read', 'listen'), at }),
    fc.record({ kind: fc.constant('release'), at }),
    fc.record({ kind: fc.constant('abort'), at, reason }),
    fc.record({ kind: fc.constant('stop'), listener: at }),
    fc.record({ kind: fc.constant('caller'), reason }),
  );

  /** What should be true of one call; `fate` is set when it is aborted itself. */
  class Expected {
    above: Expected | undefined;
    fate: { readonly reason: string } | undefined = undefined;

    constructor(above: Expected | undefined) {
      this.above = above;
    }

    get reason(): string | undefined {
      return this.fate === undefined ? this.above?.reason : this.fate.reason;
    }
  }

  interface Heard {
    readonly by: Expected;
    readonly reasons: unknown[];
    readonly stop: () => void;
    isOver: boolean;
    readonly expected: string[];
  }

  test('falls from above, never from below, and the first reason stays', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const controller = new AbortController();
        const caller = new Expected(undefined);
        const calls = [{ call: rootCall(controller.signal), expected: new Expected(caller) }];
        const signals = new Map<Call<string>, AbortSignal>();
        const listeners: Heard[] = [];
        const pick = (index: number) => {
          const entry = calls[index % calls.length];
          if (entry === undefined) throw new Error('there is always a root');
          return entry;
        };
        const settleListeners = () => {
          for (const listener of listeners) {
            const heard = listener.by.reason;
            if (!listener.isOver && heard !== undefined) listener.expected.push(heard);
            if (heard !== undefined) listener.isOver = true;
          }
        };
        const take = (next: Step) => {
          switch (next.kind) {
            case 'child': {
              const { call, expected } = pick(next.at);
              calls.push({ call: call.child(), expected: new Expected(expected) });
              break;
            }
            case 'release': {
              const { call, expected } = pick(next.at);
              call.release();
              if (expected.reason !== undefined) expected.fate ??= { reason: expected.reason };
              expected.above = undefined;
              break;
            }
            case 'read': {
              const { call } = pick(next.at);
              signals.set(call, call.signal);
              break;
            }
            case 'listen': {
              const { call, expected } = pick(next.at);
              const reasons: unknown[] = [];
              const stop = call.onAbort((heard) => reasons.push(heard));
              listeners.push({ by: expected, reasons, stop, isOver: false, expected: [] });
              break;
            }
            case 'abort': {
              const { call, expected } = pick(next.at);
              call.abort(next.reason);
              if (expected.reason === undefined) expected.fate ??= { reason: next.reason };
              break;
            }
            case 'stop': {
              const listener = listeners[next.listener % listeners.length];
              if (listener === undefined) break;
              listener.stop();
              listener.isOver = true;
              break;
            }
            case 'caller':
              controller.abort(next.reason);
              caller.fate ??= { reason: next.reason };
              break;
          }
        };

        for (const next of steps) {
          take(next);
          settleListeners();
          for (const { call, expected } of calls) {
            expect([call.aborted, call.abortReason]).toEqual([
              expected.reason !== undefined,
              expected.reason,
            ]);
            const signal = signals.get(call);
            if (signal === undefined) continue;
            expect(call.signal).toBe(signal);
            expect(signal.aborted).toBe(call.aborted);
            expect(signal.reason).toBe(call.abortReason);
          }
        }
        for (const { reasons, expected } of listeners) expect(reasons).toEqual(expected);
        calls[0]?.call.release();
        expect(listenersOf(controller.signal)).toBe(0);
      }),
      { numRuns: 500 },
    );
  });
});
