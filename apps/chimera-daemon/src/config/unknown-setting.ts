import { isSecretKey } from '../logging/redact.ts';
import type { ConfigIssue } from './config-error.ts';

/**
 * What names no setting. Its value is told where that gives no secret away: a name that is wrong
 * does not say what it is for, so that a text is told only beside the setting that was meant.
 */
export function unknownSetting(
  path: string,
  value: unknown,
  nearest: string | undefined,
): ConfigIssue {
  const isMeantOpenly = nearest !== undefined && !isSecretKey(nearest);
  const isTold =
    typeof value === 'number' ||
    typeof value === 'boolean' ||
    (typeof value === 'string' && isMeantOpenly);
  return {
    path,
    rule: 'is not a setting',
    value: isTold ? value : undefined,
    hint: nearest === undefined ? undefined : `did you mean ${nearest}?`,
  };
}
