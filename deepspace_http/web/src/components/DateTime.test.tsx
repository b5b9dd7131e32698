import { expect, it } from 'vitest';
import { render } from '@/testing/render';
import { DateTime, formatTime } from './DateTime';

const AT = '2026-01-31T23:30:00Z';

it('writes a time in the zone and the language of its reader', () => {
  expect(formatTime(AT, { language: 'en', zone: 'Europe/Berlin' })).toMatch(/^Feb 1, 2026, 12:30\sAM$/);
  expect(formatTime(AT, { language: 'zh', zone: 'Asia/Shanghai' })).toBe('2026年2月1日 07:30');
});

it('says never where there is no time', () => {
  expect(render(<DateTime at={null} />).container).toHaveTextContent('Never');
});

it("uses the profile's zone and keeps the exact time for machines", async () => {
  const me = { user: { time_zone: 'Asia/Tokyo' }, organizations: [] };
  const { findByText } = render(<DateTime at={AT} />, { answers: { 'GET /api/v1/me': me } });
  expect(await findByText(/Feb 1, 2026, 8:30/)).toHaveAttribute('datetime', AT);
});
