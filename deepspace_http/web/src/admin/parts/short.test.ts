import { expect, it } from 'vitest';
import { share, shortCount, shortLatency, shortMoney } from './short';

it.each([
  [10_717_949_540, '$10.72'],
  [800_000_000, '$0.80'],
  [1_234_000, '$0.0012'],
  [0, '$0.00'],
  [-5_000_000_000, '-$5.00'],
])('writes %s nanos as %s', (nanos, text) => {
  expect(shortMoney(nanos, 'USD', 'en')).toBe(text);
});

it('writes counts, latencies and shares for a glance', () => {
  expect(shortCount(2_300_000, 'en')).toBe('2.3M');
  expect(shortCount(23_000, 'zh')).toBe('2.3万');
  expect(shortLatency(840, 'en')).toBe('840 ms');
  expect(shortLatency(2_180, 'en')).toBe('2.18 sec');
  expect(shortLatency(null, 'en')).toBe('–');
  expect(share(17, 'en')).toBe('1.7%');
  expect(share(null, 'en')).toBe('–');
});
