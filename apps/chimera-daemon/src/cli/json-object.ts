import { isUtf8 } from 'node:buffer';
import { readFileSync } from 'node:fs';
import type { JsonObject } from '@chimera/workflow';
import { InvalidArgumentError } from 'commander';
import { jsonFault } from '../json-fault.ts';

export function jsonObject(text: string): JsonObject {
  // As other tools name a file.
  const hint = text.startsWith('@') ? '; a file is given by --input-file' : '';
  return objectIn(
    text,
    (why) => `It must be a JSON object, such as {"repository":"/src/app"}; ${why}${hint}.`,
  );
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
  return objectIn(
    // Some editors begin a text with a mark of its byte order.
    bytes.toString('utf8').replace(/^\uFEFF/, ''),
    (why) => `--input-file must hold a JSON object; ${name} does not: ${why}`,
  );
}

function objectIn(text: string, refusal: (why: string) => string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InvalidArgumentError(refusal(jsonFault(text)));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new InvalidArgumentError(refusal('it is other JSON'));
  return value as JsonObject;
}
