import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { adminTokenForm } from '../admin-token-form.ts';
import { systemReason } from '../system-reason.ts';
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
  let token: string;
  try {
    token = readFileSync(path, 'utf8').trim();
  } catch (error) {
    return wrong(`must name a file that can be read (${systemReason(error)})`, path);
  }
  if (token.length < 16)
    return wrong('must name a file with a token of at least 16 characters', path);
  if (!adminTokenForm.test(token))
    return wrong('must name a file with a token of one line of printable ASCII', path);
  return { token, issues: [] };
}

function wrong(rule: string, value: string) {
  return { issues: [{ path: 'http.adminTokenFile', rule, value }] };
}
