/** Figures for a glance: money to the cent, counts in thousands, latencies in seconds. Exact ones stand on their pages. */
import { localeOf } from '@/components/numbers';
import type { Language } from '@/i18n/i18n';

const NANOS = 1e9;
const SECOND_MS = 1000;

/** Two decimals; of what is less than a cent, two significant digits. */
export function shortMoney(nanos: number, currency: string, language: Language): string {
  const amount = nanos / NANOS;
  const isSmall = amount !== 0 && Math.abs(amount) < 0.01;
  return new Intl.NumberFormat(localeOf(language), {
    style: 'currency',
    currency,
    currencyDisplay: 'narrowSymbol',
    ...(isSmall ? { maximumSignificantDigits: 2 } : { maximumFractionDigits: 2 }),
  }).format(amount);
}

export function shortCount(count: number, language: Language): string {
  return new Intl.NumberFormat(localeOf(language), { notation: 'compact', maximumFractionDigits: 1 }).format(count);
}

export function shortLatency(milliseconds: number | null | undefined, language: Language): string {
  if (milliseconds === null || milliseconds === undefined) return '–';
  const isLong = milliseconds >= SECOND_MS;
  return new Intl.NumberFormat(localeOf(language), {
    style: 'unit',
    unit: isLong ? 'second' : 'millisecond',
    maximumFractionDigits: isLong ? 2 : 0,
  }).format(isLong ? milliseconds / SECOND_MS : milliseconds);
}

export function share(permille: number | null | undefined, language: Language): string {
  if (permille === null || permille === undefined) return '–';
  const percent = new Intl.NumberFormat(localeOf(language), { style: 'percent', maximumFractionDigits: 1 });
  return percent.format(permille / 1000);
}
