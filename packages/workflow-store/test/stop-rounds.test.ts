import { expect, test } from 'vitest';
import { StopRounds } from '../src/stop-rounds.ts';
import type { WorkflowRecord } from '../src/workflow-record.ts';

const records = ['a', 'b', 'c'].map((id) => ({ id }) as WorkflowRecord);

/** Steps of one record each, of which the given one fails once. */
function rounds(failing: number) {
  const stopping = { mayBeLeft: true };
  let step = 0;
  let failed = false;
  return new StopRounds(stopping, () => {
    if (step === failing && !failed) {
      failed = true;
      return Promise.reject(new Error('the disk is full'));
    }
    const record = records[step];
    step += 1;
    const isOver = step === records.length;
    if (isOver) stopping.mayBeLeft = false;
    return Promise.resolve({ records: record === undefined ? [] : [record], isOver });
  });
}

test('who was stopped before a step failed is told of all the same, and the next time goes on', async () => {
  const stops = rounds(2);
  expect(await stops.goOn()).toEqual(records.slice(0, 2));
  expect(await stops.goOn()).toEqual(records.slice(2));
  expect(await stops.goOn()).toEqual([]);
});

test('a first step that fails is an error', async () => {
  const stops = rounds(0);
  await expect(stops.goOn()).rejects.toThrow('the disk is full');
  expect(await stops.goOn()).toEqual(records);
});
