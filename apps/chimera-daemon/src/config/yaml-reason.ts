import type { YAMLParseError } from 'yaml';

/** In one line, with line and column, without the excerpt that follows it. */
export function yamlReason({ message }: YAMLParseError): string {
  const [reason = ''] = message.split('\n');
  return reason.replace(/:$/, '');
}
