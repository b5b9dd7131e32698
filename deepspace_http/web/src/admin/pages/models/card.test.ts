import { expect, it } from 'vitest';
import type { PriceBody } from '@/api/schema';
import {
  amountOfPicos,
  differences,
  inEffect,
  picosOfAmount,
  picosOfRate,
  rateOfPicos,
  readCard,
  typedOf,
} from './card';

function price(changes: Partial<PriceBody>): PriceBody {
  return {
    id: 'price_1',
    model_id: 'model_1',
    version: 1,
    effective_at: '2026-01-01T00:00:00Z',
    currency: 'USD',
    per_request_picos: 0,
    unit_picos: {},
    units: {},
    tiers: [
      {
        from_input_tokens_above: 0,
        rates_picos: { input_uncached: 150_000, output_text: 600_000 },
        rates_per_million: { input_uncached: '0.15', output_text: '0.6' },
      },
    ],
    ...changes,
  };
}

it.each([
  ['0.15', 150_000],
  ['2', 2_000_000],
  ['0,000001', 1],
  ['', null],
  ['1e3', null],
  ['-1', null],
  ['0.1234567', null],
])('reads %s a million tokens as %s picos a token', (text, picos) => {
  expect(picosOfRate(text)).toBe(picos);
});

it.each([1, 150_000, 1_000_000, 12_345_678])('writes %s picos as it reads them', (picos) => {
  expect(picosOfRate(rateOfPicos(picos))).toBe(picos);
});

it('reads a price a request to the pico', () => {
  expect(picosOfAmount('0.002')).toBe(2_000_000_000);
  expect(amountOfPicos(2_000_000_000)).toBe('0.002');
});

it('reads back the card that it shows', () => {
  const card = price({ per_request_picos: 5_000_000, unit_picos: { images: 40_000_000_000, characters: 15_000_000 } });
  expect(readCard(typedOf(card))).toEqual({
    currency: 'USD',
    tiers: [{ from_input_tokens_above: 0, rates_picos: { input_uncached: 150_000, output_text: 600_000 } }],
    per_request_picos: 5_000_000,
    unit_picos: { images: 40_000_000_000, characters: 15_000_000 },
  });
});

it('takes no card without a price of input and output', () => {
  expect(
    readCard({ currency: 'USD', perRequest: '', units: {}, tiers: [{ above: 0, rates: { input_uncached: '1' } }] }),
  ).toBeNull();
  expect(
    readCard({
      currency: 'USD',
      perRequest: 'x',
      units: {},
      tiers: [{ above: 0, rates: { input_uncached: '1', output_text: '2' } }],
    }),
  ).toBeNull();
});

it('tells what another card changes, and by how much', () => {
  const then = {
    currency: 'USD',
    per_request_picos: 1_000_000_000,
    unit_picos: { images: 50_000_000_000 },
    tiers: [
      { from_input_tokens_above: 0, rates_picos: { input_uncached: 300_000, output_text: 600_000 } },
      { from_input_tokens_above: 64_000, rates_picos: { input_uncached: 400_000, output_text: 600_000 } },
    ],
  };
  expect(
    differences(price({}), then).map(({ key, before, after, permille }) => [key, before, after, permille]),
  ).toEqual([
    ['0 input_uncached', '0.15', '0.3', 1000],
    ['64000 input_uncached', null, '0.4', null],
    ['64000 output_text', null, '0.6', null],
    ['request', null, '0.001', null],
    ['images', null, '0.05', null],
  ]);
});

it('takes no card whose price by the piece is no amount, and none for nothing', () => {
  const tiers = [{ above: 0, rates: { input_uncached: '0', output_text: '0' } }];
  expect(readCard({ currency: 'USD', perRequest: '', units: { images: '4 cents' }, tiers })).toBeNull();
  expect(readCard({ currency: 'USD', perRequest: '', units: { images: '0' }, tiers })?.unit_picos).toEqual({});
});

it('finds no difference between a card and itself', () => {
  const card = readCard(typedOf(price({})));
  expect(card && differences(price({}), card)).toEqual([]);
});

it('knows the version in effect: the latest that has begun, and the newest of one moment', () => {
  const cards = [
    price({ id: 'old' }),
    price({ id: 'mended', version: 3 }),
    price({ id: 'coming', version: 4, effective_at: '2027-01-01T00:00:00Z' }),
  ];
  expect(inEffect(cards, new Date('2026-06-01T00:00:00Z'))?.id).toBe('mended');
  expect(inEffect(cards, new Date('2027-06-01T00:00:00Z'))?.id).toBe('coming');
  expect(inEffect(cards, new Date('2025-01-01T00:00:00Z'))).toBeUndefined();
});
