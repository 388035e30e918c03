/** Calls a function of the options. One that throws must not change the outcome of a call: its error goes to `console.error`. */
export function guarded<Input, Output>(
  decide: (input: Input) => Output,
  input: Input,
  otherwise: Output,
): Output {
  try {
    return decide(input);
  } catch (error) {
    console.error('circuit-breaker: a function of the options threw', error);
    return otherwise;
  }
}
