/** From what a person types to integer nano-units, without a float in between. */

const AMOUNT = /^([+-]?)(\d{1,9})(?:[.,](\d{1,9}))?$/;
const NANO_DIGITS = 9;

/** `12.5` → 12500000000. Null for what is no amount, or more exact than a nano-unit, or beyond an exact JSON number. */
export function nanosOf(text: string): number | null {
  const found = AMOUNT.exec(text.trim());
  if (!found) return null;
  const [, sign = '', whole = '', fraction = ''] = found;
  const nanos = Number(BigInt(whole + fraction.padEnd(NANO_DIGITS, '0')));
  if (!Number.isSafeInteger(nanos)) return null;
  return sign === '-' ? -nanos : nanos;
}
