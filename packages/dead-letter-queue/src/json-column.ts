/** What a column of JSON holds of a value. Throws RangeError, with the field's name, for what JSON cannot hold. */
export function jsonColumn(field: string, value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'null';
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
    throw new RangeError(`dead-letter-queue: ${field} must be JSON (${why})`, { cause: error });
  }
}
