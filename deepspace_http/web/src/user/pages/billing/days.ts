/** Days of a calendar, written for people. A day has no zone: it is what the gateway counted it to be. */
import { localeOf } from '@/components/numbers';
import type { Language } from '@/i18n/i18n';

/** `2026-11-30` → "Nov 30" or "11月30日"; with the year where it is another than `beside`'s. */
export function formatDay(day: string, language: Language, beside?: string): string {
  const withYear = beside !== undefined && day.slice(0, 4) !== beside.slice(0, 4);
  return new Intl.DateTimeFormat(localeOf(language), {
    month: 'short',
    day: 'numeric',
    ...(withYear && { year: 'numeric' }),
    timeZone: 'UTC',
  }).format(new Date(`${day}T00:00:00Z`));
}

export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);
}
