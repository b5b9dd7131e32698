import { expect, it } from 'vitest';
import { render } from '@/testing/render';
import { DateTime, formatTime } from './DateTime';

const AT = '2025-01-31T23:30:00Z';

it('writes a time in the zone and the language of its reader', () => {
  expect(formatTime(AT, { language: 'en', zone: 'Europe/Berlin' })).toMatch(/^Feb 1, 2025, 12:30\sAM$/);
  expect(formatTime(AT, { language: 'zh', zone: 'Asia/Shanghai' })).toBe('2025年2月1日 07:30');
});

it("tells this year's times without the year, which is the reader's year", () => {
  const eve = '2025-12-31T23:30:00Z';
  expect(formatTime(eve, { language: 'zh', zone: 'Asia/Shanghai' }, new Date(eve))).toBe('1月1日 07:30');
  expect(formatTime(eve, { language: 'en', zone: 'UTC', withSeconds: true }, new Date(eve))).toMatch(
    /^Dec 31, 11:30:00\sPM$/,
  );
  expect(formatTime(AT, { language: 'zh', zone: 'UTC' }, new Date('2026-01-01T12:00:00Z'))).toBe('2025年1月31日 23:30');
});

it('says never where there is no time', () => {
  expect(render(<DateTime at={null} />).container).toHaveTextContent('Never');
});

it("uses the profile's zone and keeps the exact time for machines", async () => {
  const me = { user: { time_zone: 'Asia/Tokyo' }, organizations: [] };
  const { findByText } = render(<DateTime at={AT} />, { answers: { 'GET /api/v1/me': me } });
  expect(await findByText(/Feb 1, 2025, 8:30/)).toHaveAttribute('datetime', AT);
});
