import type { Answer } from '../servers/server.ts';

/** What a call sees of a server that did not do it. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError';
  readonly code: 'SERVER_FAILED' | 'SERVER_FULL';

  constructor(answer: Exclude<Answer, 'ok'>) {
    super(answer === 'failed' ? 'the server failed' : 'the server is full');
    this.code = answer === 'failed' ? 'SERVER_FAILED' : 'SERVER_FULL';
  }
}

/** One of each for all calls: a stack trace each time would cost more than the rest of a call. */
export const answerErrors: Readonly<Record<Exclude<Answer, 'ok'>, AnswerError>> = {
  failed: new AnswerError('failed'),
  refused: new AnswerError('refused'),
};
