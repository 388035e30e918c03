const throttlingName = /throttl|too ?many ?requests|slow ?down/i;

/** True for an error with the status 429, or with a name that says the same (AWS, Azure, Google). */
export function isThrottling(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { name, status, statusCode } = error as Readonly<Record<string, unknown>>;
  return (
    status === 429 || statusCode === 429 || (typeof name === 'string' && throttlingName.test(name))
  );
}
