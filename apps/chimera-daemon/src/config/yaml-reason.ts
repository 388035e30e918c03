import { YAMLParseError } from 'yaml';

/**
 * Why a text is not YAML: in one line, with line and column, without the excerpt that follows it.
 * Undefined of any other error.
 */
export function yamlReason(error: unknown): string | undefined {
  // Aliases that are unknown, or would unfold to more than any settings have.
  if (error instanceof ReferenceError) return error.message;
  if (!(error instanceof YAMLParseError)) return undefined;
  const [reason = ''] = error.message.split('\n');
  return reason.replace(/:$/, '');
}
