import { describe, expect, it } from 'vitest';
import { nanosOf } from './amount';

describe('an amount that somebody types', () => {
  it.each([
    ['12.5', 12_500_000_000],
    ['0.000000001', 1],
    [' 3 ', 3_000_000_000],
    ['-0.25', -250_000_000],
    ['+1,5', 1_500_000_000],
    ['9007199.254740991', 9_007_199_254_740_991],
  ])('%s is %d nano-units, to the last digit', (text, nanos) => {
    expect(nanosOf(text)).toBe(nanos);
  });

  it.each(['', 'x', '1.0000000001', '1e3', '--1', '9007199.254740992', '1 000'])('%j is refused', (text) => {
    expect(nanosOf(text)).toBeNull();
  });
});
