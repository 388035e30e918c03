import { isUtf8 } from 'node:buffer';
import { isTooDeep, maxLevels } from '@chimera/workflow';
import { jsonFault } from '../json-fault.ts';
import { ApiError } from './api-error.ts';

/** The value of a JSON body; undefined of one that has no bytes. @throws ApiError for what is not JSON, and for JSON that no value of it is made of here. */
export function jsonBody(body: Buffer): unknown {
  // Letters of another encoding would be stored as marks that they could not be read.
  if (!isUtf8(body))
    throw new ApiError(
      400,
      'INVALID_JSON',
      'the body must be JSON in UTF-8; it has bytes of another encoding',
    );
  const text = body.toString('utf8');
  if (text === '') return undefined;
  const value = parsed(text);
  if (isTooDeep(value, refusePrototype))
    throw new ApiError(400, 'INVALID_REQUEST', `the body must be at most ${maxLevels} levels deep`);
  return value;
}

function parsed(text: string): unknown {
  // Some programs begin a text with a mark of its byte order.
  const json = text.startsWith('\uFEFF') ? text.slice(1) : text;
  try {
    return JSON.parse(json);
  } catch {
    const fault = jsonFault(json);
    throw new ApiError(400, 'INVALID_JSON', `the body must be JSON; it is not: ${fault}`);
  }
}

function refusePrototype(value: object): void {
  if (!Array.isArray(value) && reachesForPrototype(value))
    throw new ApiError(
      400,
      'INVALID_REQUEST',
      'the body must have no key "__proto__", and no "constructor" that has a "prototype"; name it otherwise',
    );
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
