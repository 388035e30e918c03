/** Calls back. What a callback throws changes nothing for the policy: it goes to `console.error`. */
export function guarded<Input, Output>(
  callback: (input: Input) => Output,
  input: Input,
): Output | undefined {
  try {
    return callback(input);
  } catch (error) {
    console.error('chimera: a callback threw', error);
    return undefined;
  }
}
