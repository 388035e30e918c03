import { InvalidArgumentError } from 'commander';

/** Where a daemon listens. */
export function daemonUrl(text: string): string {
  const isUrl = URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
  if (isUrl) return text;
  throw new InvalidArgumentError('It must be an http or https URL, such as http://127.0.0.1:7717.');
}
