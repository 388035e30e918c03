import {
  DeadLetterNotFoundError,
  DeadLetterNotOpenError,
  ReplaysExhaustedError,
} from '@chimera/dead-letter-queue';
import { DegradedError } from '@chimera/graceful-degradation';
import type { FastifyError, FastifyRequest } from 'fastify';
import type { ApiError } from './api-error.ts';
import { noDeadLetterWords } from './not-found.ts';

export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** Codes of expected refusals, wherever in the house they arise, and the HTTP status that says it. */
const statusByCode: Readonly<Record<string, number>> = {
  WORKFLOW_NOT_FOUND: 404,
  DEAD_LETTER_NOT_FOUND: 404,
  DEAD_LETTER_NOT_OPEN: 409,
  DEAD_LETTER_REPLAYS_EXHAUSTED: 409,
  IDEMPOTENCY_MISMATCH: 409,
  PROFILER_BUSY: 409,
  DEGRADED: 503,
  STORE_FULL: 507,
  STORE_READ_ONLY: 503,
  STORE_IO_ERROR: 503,
};

/** What is answered instead of a result: in the house's words, whoever refused. */
export function refusalOf(
  error: FastifyError | ApiError,
  request: Pick<FastifyRequest, 'headers'>,
  bodyLimitBytes: number,
): Refusal {
  const refused = refusedRequest(error, request, bodyLimitBytes);
  if (refused !== undefined) return refused;
  const status = error.statusCode ?? statusByCode[error.code] ?? (isWrongValue(error) ? 400 : 500);
  if (status === 500)
    return { status, code: 'INTERNAL', message: 'the daemon failed to answer; its log says why' };
  const wrong = isWrongCursor(error) ? 'INVALID_CURSOR' : 'INVALID_REQUEST';
  return { status, code: error.code ?? wrong, message: wordsOf(error) };
}

/** Packages speak to programmers: of their names, options and calls. */
function wordsOf(error: Error): string {
  if (error instanceof DeadLetterNotFoundError) return noDeadLetterWords(error.id);
  if (error instanceof DeadLetterNotOpenError)
    return `dead letter ${error.id} is ${error.status}, no longer open; see: GET /api/dead-letters/${error.id}`;
  if (error instanceof ReplaysExhaustedError)
    return `dead letter ${error.id}: its workflow was requeued as often as deadLetters.maxReplays allows (${error.replays}); find out why it died, then submit it anew or raise the setting`;
  if (error instanceof DegradedError)
    return `priority must be >= ${error.priorityFloor} while the machine is short (mode ${error.mode}), got ${error.priority}; submit it again in ${error.retryAfterMs} ms`;
  return isWrongValue(error) ? error.message.replace(/^[\w-]+: /, '') : error.message;
}

/** What the server refuses before anybody reads the body. */
function refusedRequest(
  error: FastifyError | ApiError,
  { headers }: Pick<FastifyRequest, 'headers'>,
  bodyLimitBytes: number,
): Refusal | undefined {
  const type = headers['content-type'];
  const length = headers['content-length'];
  switch (error.code) {
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_CTP_INVALID_TYPE':
      return {
        status: 415,
        code: 'UNSUPPORTED_MEDIA_TYPE',
        message: `content-type must be application/json, got ${type === undefined ? 'none' : JSON.stringify(type)}`,
      };
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return {
        status: 413,
        code: 'BODY_TOO_LARGE',
        message: `the body must have at most ${bodyLimitBytes} bytes${length === undefined ? '' : `, got ${length}`}; the daemon's setting is http.bodyLimitBytes`,
      };
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return {
        status: 400,
        code: 'INVALID_REQUEST',
        message: `content-length must be the length of the body, got ${length}`,
      };
    case 'FST_ERR_BAD_URL':
      return {
        status: 400,
        code: 'INVALID_PATH',
        message: 'the path must be percent-encoded: a % stands before two hexadecimal digits',
      };
    default:
      return undefined;
  }
}

/** The house's form of a wrong option: here it came with the request. */
function isWrongValue(error: Error): boolean {
  return error instanceof RangeError && /^[\w-]+: /.test(error.message);
}

/** A cursor of nobody's has a code of its own: on the command line it is a wrong flag. */
function isWrongCursor(error: Error): boolean {
  return isWrongValue(error) && /^[\w-]+: cursor /.test(error.message);
}
