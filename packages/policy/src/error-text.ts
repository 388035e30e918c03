/** An error in words; of what cannot become text, as not everything that is thrown can, its kind. */
export function errorText(error: unknown): string {
  try {
    return String(error);
  } catch {
    return typeof error;
  }
}
