import { InvalidArgumentError } from 'commander';

/** Where a daemon listens. */
export function daemonUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new InvalidArgumentError(
      'It must be an http or https URL, such as http://127.0.0.1:7717.',
    );
  // Requests with credentials in their URL are refused by `fetch`, as if nobody had answered.
  if (url.username !== '' || url.password !== '' || url.search !== '')
    throw new InvalidArgumentError(
      'It must be an address alone, without user, password and query; a token is given by CHIMERA_HTTP_ADMIN_TOKEN.',
    );
  return text;
}
