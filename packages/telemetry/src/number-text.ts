/** A sample's value as both formats write it. */
export function numberText(value: number): string {
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : String(value);
}

/**
 * A bucket's bound as OpenMetrics writes it: as Go does (`1.0`, `1e+06`, `1e-05`), since there the
 * text of a label is its identity.
 */
export function canonicalBound(value: number): string {
  if (value === Infinity) return '+Inf';
  const [digits = '', power = '0'] = value.toExponential().split('e');
  const exponent = Number(power);
  if (value !== 0 && (exponent < -4 || exponent >= 6)) {
    const sign = exponent < 0 ? '-' : '+';
    return `${digits}e${sign}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  const plain = String(value);
  return plain.includes('.') ? plain : `${plain}.0`;
}
