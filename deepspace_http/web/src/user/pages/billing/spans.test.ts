import { describe, expect, it } from 'vitest';
import { daysOf, lastDays, monthOf, thisMonth } from './spans';

const NOON = Date.parse('2026-11-15T11:20:00Z');

describe('spans', () => {
  it('begin at midnight of the zone and end with the hour that runs', () => {
    expect(lastDays(7, 'Asia/Shanghai', NOON)).toEqual({
      from: '2026-11-08T16:00:00.000Z',
      to: '2026-11-15T12:00:00.000Z',
    });
    expect(thisMonth('America/New_York', NOON)).toEqual({
      from: '2026-11-01T04:00:00.000Z',
      to: '2026-11-15T12:00:00.000Z',
    });
    expect(thisMonth('Asia/Kolkata', NOON).from).toBe('2026-10-31T18:30:00.000Z');
  });

  it('name the month of the zone', () => {
    const newYear = Date.parse('2026-12-31T20:00:00Z');
    expect(monthOf(newYear, 'UTC')).toBe('2026-12');
    expect(monthOf(newYear, 'Asia/Shanghai')).toBe('2027-01');
  });

  it('have a step a day, also where clocks change', () => {
    // New York left summer time on 1 November 2026: that day had 25 hours.
    const days = daysOf({ from: '2026-10-31T04:00:00.000Z', to: '2026-11-03T05:00:00.000Z' }, 'America/New_York');
    expect(days).toEqual(['2026-10-31T04:00:00.000Z', '2026-11-01T04:00:00.000Z', '2026-11-02T05:00:00.000Z']);
  });

  it('have a step for each of their days', () => {
    for (const zone of ['UTC', 'Asia/Shanghai', 'Europe/Berlin', 'America/Los_Angeles', 'Australia/Lord_Howe']) {
      expect(daysOf(lastDays(30, zone, NOON), zone)).toHaveLength(30);
    }
  });
});
