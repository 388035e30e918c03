import { World, type WorldOptions } from './world.ts';

export type Twice<T> =
  | { readonly isDeterministic: true; readonly result: T }
  | {
      readonly isDeterministic: false;
      /** The number of the first event that differs; the first is 1. */
      readonly event: number;
      readonly first: string;
      readonly second: string;
    };

/**
 * Runs a program twice in worlds of the same seed and compares what happened: every event that
 * fired, every number that was drawn, and the result as JSON. A difference means that the program
 * takes time or chance from elsewhere (madsim's and turmoil's check for leaks of the real world).
 */
export async function runTwice<T>(
  program: (world: World) => Promise<T>,
  options: WorldOptions = {},
): Promise<Twice<T>> {
  const run = async () => {
    const world = new World(options);
    const result = await program(world);
    return { result, diary: [...world.diary, `result ${JSON.stringify(result)}`] };
  };
  const first = await run();
  const second = await run();
  const length = Math.max(first.diary.length, second.diary.length);
  for (let index = 0; index < length; index += 1) {
    const [one, other] = [first.diary[index], second.diary[index]];
    if (one !== other) {
      const absent = 'nothing more';
      return {
        isDeterministic: false,
        event: index + 1,
        first: one ?? absent,
        second: other ?? absent,
      };
    }
  }
  return { isDeterministic: true, result: first.result };
}
