/** Ends of names, in lower case, whose values are nobody's business. */
const names =
  'password|passwd|passphrase|secret|token|api[-_]?key|authorization|cookie|credential|private[-_]?key|access[-_]?key';
const secretKeys = new RegExp(`(${names})s?$`);
/** A fencing token is a number, and so is how many there are of what is secret. */
const numericKeys = /(token|s)$/;

/** How far names are looked back at. */
const inQuery = String.raw`[?&#](?:amp;)?[\w.-]{0,100}`;
const named = `(?:${names}|account[-_]?key)`;
const given = String.raw`(?:=|\\?["']\s?:\s?)`;
const flag = String.raw`--[\w-]{0,40}(?:${names})`;

/**
 * What a secret looks like wherever it stands: credentials of HTTP and of URLs, JSON Web Tokens,
 * private keys, and the keys of services that gave theirs a prefix. Where one begins is looked
 * ahead from so far at most: a text made of beginnings would hold the event loop for minutes.
 */
const secretsByForm: readonly RegExp[] = [
  /\b(?:Bearer|Basic)\s+[\w.~+/=-]{8,}/gi,
  /\b[sr]k[-_][\w-]{16,}/g,
  /\bgh[pousr]_\w{20,}/g,
  /\bgithub_pat_\w{20,}/g,
  /\bglpat-[\w-]{20,}/g,
  /\bxox[abprs]-[\w-]{10,}/g,
  /\bAKIA[0-9A-Z]{16}\b/g,
  /\beyJ[\w-]{10,2000}\.[\w-]{10,8000}\.[\w-]{5,}/g,
  /(?<=:\/\/)[^\s:@/]{0,200}:[^\s@/]{1,200}(?=@)/g,
  /-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?/g,
];

const secretsByName: readonly RegExp[] = [
  // In the query of a URL; where tokens are counted, they are no secret. Whoever has
  // the signature of a signed URL may do what it was signed for.
  new RegExp(`(?<=(?:${inQuery}(?:${names}|signature)|[?&#;]sig)=)[^\\s&#"'<>\`\\\\]+`, 'gi'),
  // In free text, in quotes (also those of JSON within JSON), or up to a white space.
  new RegExp(String.raw`(?<=${named}${given}")(?:[^"\\\n]|\\.)+`, 'gi'),
  new RegExp(String.raw`(?<=${named}${given}')(?:[^'\\\n]|\\.)+`, 'gi'),
  new RegExp(String.raw`(?<=${named}${given}\\")(?:[^"\\\n]|\\\\(?:\\.|[^\\]))+`, 'gi'),
  // What compares gives nothing, and a token that is a number fences.
  new RegExp(
    String.raw`(?<=(?<!${inQuery})${named}=)(?!=|\\["']|(?<=token=)\d+(?![^\s,;)]))[^\s"'<>]+`,
    'gi',
  ),
  // Of a command: what stands behind the flag, in quotes or up to a white space, also in a list.
  new RegExp(String.raw`(?<=${flag}(?:\\?",\s?| )\\?")(?!--)(?:[^"\\\n]|\\(?!"))+`, 'gi'),
  new RegExp(String.raw`(?<=${flag}(?:',\s?| )')(?!--)[^'\n]+`, 'gi'),
  new RegExp(String.raw`(?<=${flag} )(?!(?<=token )\d+(?!\S))[^\s"'<>\\-][^\s"'<>\\]*`, 'gi'),
];
/** Most texts give nothing to a name, and are looked through for that alone. */
const gives = /=|["']\s?:|--/;

const secrets = [...secretsByForm, ...secretsByName];

export const redacted = '[redacted]';

export function isSecretKey(key: string): boolean {
  return secretKeys.test(bare(key));
}

function bare(key: string): string {
  return key.replaceAll(/[-_]/g, '').toLowerCase();
}

/** By its name. */
export function isSecret(key: unknown, value: unknown): boolean {
  if (typeof key !== 'string' || !isSecretKey(key)) return false;
  const isNumber = typeof value === 'number' || typeof value === 'bigint';
  if (isNumber) return !numericKeys.test(bare(key));
  return typeof value === 'string' || (typeof value === 'object' && value !== null);
}

export function redactText(text: string): string {
  // Shorter than any of them.
  if (text.length < 6) return text;
  const asked = gives.test(text) ? secrets : secretsByForm;
  return asked.reduce((cleaned, secret) => cleaned.replace(secret, redacted), text);
}

/** More than any of them is looked ahead from. */
const longestSecret = 10_100;

/** Where a text can be cut, at `end` or before, without cutting what looks like a secret. */
export function wholeUpTo(text: string, end: number): number {
  const near = text.slice(0, end + longestSecret);
  const found = secrets.flatMap((secret) =>
    [...near.matchAll(secret)].map(({ 0: { length }, index }) => ({
      index,
      after: index + length,
    })),
  );
  // One may begin within another, and be told by what follows it.
  const from = found.toSorted((a, b) => b.index - a.index);
  return from.reduce((cut, { after, index }) => (index < cut && cut <= after ? index : cut), end);
}
