import { expect, it } from 'vitest';
import { roundedEstimate } from './estimate';

it.each([
  [0, 0],
  [17_524_125_000, 17_520_000_000],
  [10_000_000, 10_000_000],
  [1_234_567, 1_200_000],
  [7, 7],
  [-17_526_000_000, -17_530_000_000],
])('tells %d nanos as %d', (nanos, told) => {
  expect(roundedEstimate(nanos)).toBe(told);
});
