const exact = new Map<string, Intl.NumberFormat>();
const rounded = new Map<string, Intl.NumberFormat>();

/** Minor units to the amount with all its digits: 17100 USD is $171.00. */
export function money(minor: number, currency: string): string {
  const format = formatOf(exact, currency, {});
  return sign(format.format(minor / 10 ** digitsOf(currency)));
}

/** For places where cents only cost width: $1,460. An amount below ten keeps its digits, or it would read as 0. */
export function roundMoney(minor: number, currency: string): string {
  const major = minor / 10 ** digitsOf(currency);
  if (major !== 0 && Math.abs(major) < 10 && !Number.isInteger(major)) return money(minor, currency);
  return sign(formatOf(rounded, currency, { maximumFractionDigits: 0, minimumFractionDigits: 0 }).format(major));
}

/** What a person typed, in minor units; null when it is no amount. Both 1,234.50 and 1234,5 are understood. */
export function parseMoney(text: string, currency: string): number | null {
  const digits = digitsOf(currency);
  const plain = text.replace(/[^\d.,-]/g, '');
  const cut = Math.max(plain.lastIndexOf('.'), plain.lastIndexOf(','));
  const decimals = cut >= 0 && plain.length - cut - 1 <= digits ? plain.slice(cut + 1) : '';
  const units = (decimals === '' && !(cut >= 0 && cut === plain.length - 1) ? plain : plain.slice(0, cut)).replace(/[.,]/g, '');
  if (!/^-?\d+$/.test(units) && !(units === '' && decimals !== '')) return null;
  const minor = Number((units === '' ? '0' : units) + decimals.padEnd(digits, '0'));
  return Number.isSafeInteger(minor) ? minor : null;
}

/** Digits of the minor unit: 2 for USD, 0 for JPY, 3 for KWD. */
export function digitsOf(currency: string): number {
  return formatOf(exact, currency, {}).resolvedOptions().maximumFractionDigits ?? 2;
}

function formatOf(cache: Map<string, Intl.NumberFormat>, currency: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  let format = cache.get(currency);
  if (format === undefined) {
    format = new Intl.NumberFormat('en-US', { style: 'currency', currency, ...options });
    cache.set(currency, format);
  }
  return format;
}

function sign(text: string): string {
  return text.replace('-', '\u2212');
}
