/** Spans of time in whole days of the viewer's zone, as the gateway's whole hours. */
import type { Span } from '@/api/queries/billing';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** The last `days` days, today among them, up to the hour that is running. */
export function lastDays(days: number, zone: string, now = Date.now()): Span {
  return { from: midnight(now - (days - 1) * DAY_MS, zone), to: hourEnd(now) };
}

/** The month that is running, up to the hour that is. */
export function thisMonth(zone: string, now = Date.now()): Span {
  const day = Number(partsOf(now, zone).day);
  return { from: midnight(now - (day - 1) * DAY_MS, zone), to: hourEnd(now) };
}

/** `2026-11`, in the zone. */
export function monthOf(now: number, zone: string): string {
  const { year, month } = partsOf(now, zone);
  return `${year}-${month}`;
}

/** Every midnight of the zone from `from` on until `to`: the steps of a chart, days without usage among them. */
export function daysOf({ from, to }: Span, zone: string): string[] {
  const days: string[] = [];
  // Half a day ahead of a midnight lies within the day, whatever the clocks do that night.
  for (let at = Date.parse(from) + DAY_MS / 2; at < Date.parse(to) + DAY_MS / 2; at += DAY_MS) {
    const start = midnight(at, zone);
    if (Date.parse(start) < Date.parse(to) && days.at(-1) !== start) days.push(start);
  }
  return days;
}

/** The beginning of the zone's day that `at` lies in. */
function midnight(at: number, zone: string): string {
  const { year, month, day } = partsOf(at, zone);
  const asUtc = Date.parse(`${year}-${month}-${day}T00:00:00Z`);
  // The offset at that moment; asked twice, since the first guess may lie on the other side of a change of clocks.
  const guess = asUtc - offsetAt(asUtc, zone);
  return new Date(asUtc - offsetAt(guess, zone)).toISOString();
}

function offsetAt(at: number, zone: string): number {
  const { year, month, day, hour, minute } = partsOf(at, zone);
  const local = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:00Z`);
  return local - Math.floor(at / 60_000) * 60_000;
}

function hourEnd(now: number): string {
  return new Date((Math.floor(now / HOUR_MS) + 1) * HOUR_MS).toISOString();
}

function partsOf(at: number, timeZone: string): Record<string, string> {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  return Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
}
