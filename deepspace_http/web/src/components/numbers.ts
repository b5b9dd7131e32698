/** Money, counts and times as text. Amounts come as integer nano-units and never pass through a float. */
import type { Language } from '@/i18n/i18n';

const NANOS = 1_000_000_000n;

/**
 * An amount in its currency: at least two decimals, at most nine, no digit lost. `$0.000135`, `-$12.50`.
 *
 * The gateway sends numbers; beyond 2^53 nano-units (nine million) a JSON number would lose digits, so text is taken, too.
 */
export function formatMoney(nanos: number | bigint | string, currency = 'USD', language: Language = 'en'): string {
  const whole = BigInt(nanos);
  const size = whole < 0n ? -whole : whole;
  const cents = String(size % NANOS)
    .padStart(9, '0')
    .replace(/0{1,7}$/, '');
  const parts = new Intl.NumberFormat(localeOf(language), {
    style: 'currency',
    currency,
    currencyDisplay: 'narrowSymbol',
  })
    .formatToParts(size / NANOS)
    .map((part) => (part.type === 'fraction' ? cents : part.value));
  return `${whole < 0n ? '-' : ''}${parts.join('')}`;
}

export function formatCount(count: number, language: Language = 'en'): string {
  return new Intl.NumberFormat(localeOf(language)).format(count);
}

export function formatBytes(bytes: number, language: Language = 'en'): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];
  const step = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log(bytes) / Math.log(1000)));
  return new Intl.NumberFormat(localeOf(language), {
    style: 'unit',
    unit: units[step] ?? 'byte',
    maximumFractionDigits: step === 0 ? 0 : 1,
  }).format(bytes / 1000 ** step);
}

export function localeOf(language: Language): string {
  return language === 'zh' ? 'zh-CN' : 'en-US';
}
