import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import type { JsonObject } from '@chimera/workflow';
import { InvalidArgumentError } from 'commander';

export function jsonObject(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InvalidArgumentError('It must be JSON, such as {"repository":"/src/app"}.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidArgumentError('It must be a JSON object, such as {"repository":"/src/app"}.');
  }
  return value as JsonObject;
}

/** Of a file; `-` is standard input. */
export function readJsonObject(file: string): JsonObject {
  const name = file === '-' ? 'standard input' : file;
  let bytes: Buffer;
  try {
    bytes = readFileSync(file === '-' ? 0 : file);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new InvalidArgumentError(
      `--input-file must be a file that can be read, got ${name} (${code})`,
    );
  }
  if (!isUtf8(bytes))
    throw new InvalidArgumentError(
      `--input-file must hold JSON in UTF-8; ${name} has bytes of another encoding`,
    );
  try {
    // Some editors begin a text with a mark of its byte order.
    return jsonObject(bytes.toString('utf8').replace(/^\uFEFF/, ''));
  } catch {
    throw new InvalidArgumentError(`--input-file must hold a JSON object; ${name} does not`);
  }
}
