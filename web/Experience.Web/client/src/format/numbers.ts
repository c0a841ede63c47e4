const nbsp = '\u00a0';
const minus = '\u2212';
const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const oneDigit = new Intl.NumberFormat('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const atMostOne = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });

export function count(value: number): string {
  return whole.format(value).replace('-', minus);
}

/** A mean of answers 1–5: always one digit, so that 4.0 is not read as a count. */
export function score(value: number): string {
  return oneDigit.format(value);
}

/**
 * Whole from ten on: a digit more would be finer than the interval. Where rounding would show exactly the goal that the
 * value only comes near, the digit stays: "50 %, below 50 %" is not believed.
 */
export function percent(value: number, goal: number | null = null): string {
  const plain = Math.abs(value) >= 10 && (goal === null || value === goal || Math.round(value) !== goal);
  return `${(plain ? whole : atMostOne).format(value).replace('-', minus)}${nbsp}%`;
}

/** +8 or −14, as reasons of a score are told. A point is shown whole unless it is less than one. */
export function signed(value: number): string {
  const size = Math.abs(value);
  const text = size >= 1 || size === 0 ? whole.format(size) : oneDigit.format(size);
  return value < 0 ? `${minus}${text}` : value > 0 ? `+${text}` : text;
}

export function ordinal(value: number): string {
  const tens = value % 100;
  if (tens >= 11 && tens <= 13) return `${value}th`;
  return `${value}${['th', 'st', 'nd', 'rd'][value % 10] ?? 'th'}`;
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}
