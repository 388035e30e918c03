/** The two texts that a scrape may ask for. */
export type Format = 'openmetrics' | 'prometheus';

/** What an HTTP answer says in `content-type`. */
export const contentTypes: Readonly<Record<Format, string>> = {
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
};

/**
 * The text that an `Accept` header asks for: OpenMetrics when it is named in a version spoken here
 * and liked at least as much as plain text, else Prometheus text, which every scraper reads.
 */
export function negotiate(accept: string | undefined): Format {
  let openMetrics = 0;
  let prometheus = 0;
  for (const entry of (accept ?? '').toLowerCase().split(',')) {
    const [type = '', ...parameters] = entry.split(';').map((part) => part.trim());
    const quality = qualityOf(parameters);
    if (type === 'application/openmetrics-text' && speaks(parameters)) {
      openMetrics = Math.max(openMetrics, quality);
    } else if (type === 'text/plain') {
      prometheus = Math.max(prometheus, quality);
    }
  }
  return openMetrics > 0 && openMetrics >= prometheus ? 'openmetrics' : 'prometheus';
}

function speaks(parameters: readonly string[]): boolean {
  const version = parameters.find((parameter) => parameter.startsWith('version='));
  return version === undefined || /^version="?1\.0\.0"?$/.test(version);
}

function qualityOf(parameters: readonly string[]): number {
  const quality = parameters.find((parameter) => parameter.startsWith('q='));
  if (quality === undefined) return 1;
  const value = Number(quality.slice(2));
  return value >= 0 && value <= 1 ? value : 0;
}
