/**
 * How many of the first values to leave out because they still tell of the beginning: the cut that
 * makes the mean of the rest most certain. MSER-5 (White, 1997): by means of five, and at most the
 * first half.
 */
export function mser5(values: ArrayLike<number>): number {
  const means = Array.from({ length: Math.floor(values.length / 5) }, (_, batch) => {
    let sum = 0;
    for (let index = 0; index < 5; index += 1) sum += values[5 * batch + index] ?? 0;
    return sum / 5;
  });
  let best = { cut: 0, error: Infinity };
  let [sum, squares] = [0, 0];
  for (let cut = means.length - 1; cut >= 0; cut -= 1) {
    const mean = means[cut] ?? 0;
    sum += mean;
    squares += mean ** 2;
    const count = means.length - cut;
    const error = (squares - sum ** 2 / count) / count ** 2;
    // Of equals the earlier: what need not be left out is kept.
    if (cut <= means.length / 2 && error <= best.error) best = { cut, error };
  }
  return 5 * best.cut;
}
