import { expect, it } from 'vitest';
import { periodOf } from './period';

it('asks for whole hours, the present one among them', () => {
  const period = periodOf('24h', 'Asia/Shanghai', new Date('2026-01-02T03:20:00Z'));
  expect(period).toEqual({
    from: '2026-01-01T04:00:00.000Z',
    to: '2026-01-02T04:00:00.000Z',
    bucket: 'hour',
    time_zone: 'Asia/Shanghai',
  });
});

it('shows long periods by the day', () => {
  expect(periodOf('90d', 'UTC', new Date()).bucket).toBe('day');
});
