import { describe, expect, it } from 'vitest';
import { formatBytes, formatCount, formatMoney } from './numbers';

describe('money', () => {
  it.each([
    [0, '$0.00'],
    [1_500_000_000, '$1.50'],
    [135_000, '$0.000135'],
    [1, '$0.000000001'],
    [-12_500_000_000, '-$12.50'],
    [1_234_567_000_000_000, '$1,234,567.00'],
  ])('writes %d nanos without losing a digit', (nanos, text) => {
    expect(formatMoney(nanos)).toBe(text);
  });

  it('is exact beyond what a float holds', () => {
    expect(formatMoney('9223372036854775807')).toBe('$9,223,372,036.854775807');
  });

  it('knows currencies and languages', () => {
    expect(formatMoney(2_000_000_000, 'CNY', 'zh')).toBe('¥2.00');
  });
});

it('groups counts', () => {
  expect(formatCount(1_234_567)).toBe('1,234,567');
});

it('writes sizes in the unit that fits', () => {
  expect([0, 999, 1_500, 20_000_000].map((size) => formatBytes(size))).toEqual([
    '0 byte',
    '999 byte',
    '1.5 kB',
    '20 MB',
  ]);
});
