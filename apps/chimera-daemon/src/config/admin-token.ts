import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { ConfigError } from './config-error.ts';
import type { Config } from './schema.ts';

/** The administrator's token, or undefined when none is set. Throws {@link ConfigError} when its file holds none. */
export function readAdminToken(
  { adminToken, adminTokenFile }: Config['http'],
  directory: string,
): string | undefined {
  if (adminToken !== undefined || adminTokenFile === undefined) return adminToken;
  const file = resolve(directory, adminTokenFile);
  const token = contentOf(file).trim();
  if (token.length >= 16) return token;
  throw wrong('must name a file with a token of at least 16 characters', file);
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw wrong('must name a file that can be read', file);
  }
}

function wrong(rule: string, value: string): ConfigError {
  return new ConfigError('settings', [{ path: 'http.adminTokenFile', rule, value }]);
}
