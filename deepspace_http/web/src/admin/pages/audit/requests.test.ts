import { expect, it } from 'vitest';
import { asked, matchingOf, summed } from './RequestsSection';

const NOON = Date.parse('2026-11-29T12:00:00Z');

it('asks for one code by both bounds, and for a class by one', () => {
  expect(asked({ status_code: '429', model: 'small' })).toEqual({
    status_min: '429',
    status_max: '429',
    model: 'small',
  });
  expect(asked({ status: 'faults' })).toEqual({ status_min: '500' });
});

it('sums the last day where no period is chosen, and otherwise what is chosen', () => {
  expect(summed({ model: 'small' }, NOON)).toEqual({ model: 'small', from: '2026-11-28T12:00:00.000Z' });
  expect(summed({ from: '2026-01-01T00:00:00Z' }, NOON)).toEqual({ from: '2026-01-01T00:00:00Z' });
  expect(summed({ trace_id: 'abc' }, NOON)).toEqual({ trace_id: 'abc' });
});

it('exports with every filter of the list, numbers as numbers', () => {
  const filters = { org_id: 'o', project_id: 'p', status_code: '402', channel: 'east', ending: 'completed', from: 'f' };
  expect(matchingOf(filters)).toEqual({ status_min: 402, status_max: 402, channel: 'east', ending: 'completed' });
});
