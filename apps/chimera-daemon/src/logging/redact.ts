/** Ends of keys, in lower case and without `-` and `_`, whose values are nobody's business. */
const secretKeys =
  /(password|passwd|passphrase|secret|token|apikey|authorization|cookie|credentials?|privatekey|accesskey)$/;

/**
 * What a secret looks like wherever it stands: credentials of HTTP and of URLs, JSON Web Tokens,
 * private keys, and the keys of services that gave theirs a prefix. Where one begins is looked
 * ahead from so far at most: a text made of beginnings would hold the event loop for minutes.
 */
const secrets: readonly RegExp[] = [
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

export const redacted = '[redacted]';

export function isSecretKey(key: string): boolean {
  return secretKeys.test(key.replaceAll(/[-_]/g, '').toLowerCase());
}

export function redactText(text: string): string {
  // Shorter than any of them.
  if (text.length < 8) return text;
  return secrets.reduce((cleaned, secret) => cleaned.replace(secret, redacted), text);
}
