import { isUtf8 } from 'node:buffer';
import { ApiError } from './api-error.ts';

/** What stores, checks and shows a value calls itself for each level. */
const deepest = 500;

/** The value of a JSON body. @throws ApiError for what is not JSON, and for JSON that no value of it is made of here. */
export function jsonBody(body: Buffer): unknown {
  // Letters of another encoding would be stored as marks that they could not be read.
  if (!isUtf8(body))
    throw new ApiError(
      400,
      'INVALID_JSON',
      'the body must be JSON in UTF-8; it has bytes of another encoding',
    );
  const text = body.toString('utf8');
  if (text === '')
    throw new ApiError(400, 'INVALID_JSON', 'the body must be JSON, such as {}; it is empty');
  const value = parsed(text);
  // By levels, not by calling itself: a deep body would exhaust the stack.
  let level = [value];
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > deepest)
      throw new ApiError(400, 'INVALID_REQUEST', `the body must be at most ${deepest} levels deep`);
    level = level.flatMap(inside);
  }
  return value;
}

function parsed(text: string): unknown {
  try {
    // Some programs begin a text with a mark of its byte order.
    return JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text);
  } catch {
    throw new ApiError(400, 'INVALID_JSON', 'the body must be JSON; it is not');
  }
}

/** The objects and lists in it. */
function inside(value: unknown): readonly unknown[] {
  if (typeof value !== 'object' || value === null) return [];
  if (!Array.isArray(value) && reachesForPrototype(value))
    throw new ApiError(
      400,
      'INVALID_REQUEST',
      'the body must have no key "__proto__", and no "constructor" that has a "prototype"; name it otherwise',
    );
  return Object.values(value).filter((each) => typeof each === 'object' && each !== null);
}

/** Who copies it key by key would change what all objects have. */
function reachesForPrototype(value: object): boolean {
  if (Object.hasOwn(value, '__proto__')) return true;
  if (!Object.hasOwn(value, 'constructor')) return false;
  const { constructor }: { constructor: unknown } = value;
  return (
    typeof constructor === 'object' &&
    constructor !== null &&
    Object.hasOwn(constructor, 'prototype')
  );
}
