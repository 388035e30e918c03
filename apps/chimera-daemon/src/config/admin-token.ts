import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ConfigIssue } from './config-error.ts';
import { valueAt } from './layer.ts';

/** The administrator's token as a file has it; undefined when the settings name none, or have the token itself. */
export function readAdminToken(
  settings: unknown,
  directory: string,
): { readonly token?: string; readonly issues: readonly ConfigIssue[] } {
  const file = valueAt(settings, ['http', 'adminTokenFile']);
  const isTold = valueAt(settings, ['http', 'adminToken']) !== undefined;
  if (isTold || typeof file !== 'string' || file === '') return { issues: [] };
  const path = resolve(directory, file);
  const token = contentOf(path)?.trim();
  if (token === undefined) return wrong('must name a file that can be read', path);
  if (token.length >= 16) return { token, issues: [] };
  return wrong('must name a file with a token of at least 16 characters', path);
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function wrong(rule: string, value: string) {
  return { issues: [{ path: 'http.adminTokenFile', rule, value }] };
}
