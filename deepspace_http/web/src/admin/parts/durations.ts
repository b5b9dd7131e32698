/** Durations as people read them, in the language of the page. */
import { type Language, language } from '@/i18n/i18n';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

const UNITS: Record<Language, { ms: string; s: string; min: string }> = {
  en: { ms: 'ms', s: 's', min: 'min' },
  zh: { ms: '毫秒', s: '秒', min: '分' },
};

/** `840 ms`, `2.4 s`, `3 min 5 s`. */
export function duration(ms: number): string {
  const units = UNITS[language()];
  const seconds = Math.round(ms / SECOND_MS);
  if (ms < SECOND_MS) return `${Math.round(ms)} ${units.ms}`;
  if (ms < MINUTE_MS) return `${(ms / SECOND_MS).toFixed(1)} ${units.s}`;
  return `${Math.floor(seconds / 60)} ${units.min} ${seconds % 60} ${units.s}`;
}

/** Microseconds, as stages are told: `85 µs`, `1.9 ms`. */
export function microDuration(micros: number): string {
  if (micros < 1_000) return `${micros} µs`;
  if (micros < 1_000_000) return `${(micros / 1_000).toFixed(1)} ms`;
  return duration(micros / 1_000);
}
