import type { Site } from '../engine/site.ts';
import type { Answer } from './server.ts';

/** What a server that has done its work answers under these conditions. */
export function answerUnder({ conditions, random }: Site): Answer {
  return conditions.errorShare > 0 && random() < conditions.errorShare ? 'failed' : 'ok';
}
