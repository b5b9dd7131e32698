import { afterEach, expect, it } from 'vitest';
import { chooseLanguage } from '@/i18n/i18n';
import { duration, microDuration } from './durations';

afterEach(() => chooseLanguage('en'));

it('writes durations in the language of the page', async () => {
  expect([840, 2_440, 119_700].map(duration)).toEqual(['840 ms', '2.4 s', '2 min 0 s']);
  await chooseLanguage('zh');
  expect([840, 2_440, 64_000].map(duration)).toEqual(['840 毫秒', '2.4 秒', '1 分 4 秒']);
});

it('writes microseconds', () => {
  expect([85, 1_900, 2_400_000].map(microDuration)).toEqual(['85 µs', '1.9 ms', '2.4 s']);
});
