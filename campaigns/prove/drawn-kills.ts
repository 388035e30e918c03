import { draw } from './draw.ts';

/** Half of the lives end by themselves. */
export function drawnKills(seed: number): readonly number[] {
  const kills: number[] = [];
  for (let at = 0; kills.length < 3 && draw(seed, 'kill', kills.length) < 0.5;) {
    at += 1 + Math.floor(draw(seed, 'commit', kills.length) * 40);
    kills.push(at);
  }
  return kills;
}
