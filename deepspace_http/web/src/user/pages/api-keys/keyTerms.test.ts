import dayjs from 'dayjs';
import { describe, expect, it } from 'vitest';
import type { LimitBody } from '@/api/schema';
import { apiKey } from '@/testing/people';
import { changedKeyOf, fieldsOf, newKeyOf } from './keyTerms';

const NOW = Date.parse('2026-11-15T12:00:00Z');

describe('newKeyOf', () => {
  it('asks for no more than was filled in', () => {
    expect(newKeyOf({ name: 'ci', scopes: ['models:use'], expiry: 'never', model_allow_list: [] }, NOW)).toEqual({
      name: 'ci',
      scopes: ['models:use'],
      expires_at: null,
      limits: [],
    });
  });

  it('counts the days of an expiry from now, and lets a chosen day end', () => {
    const fields = { name: 'ci', scopes: ['models:use' as const] };
    expect(newKeyOf({ ...fields, expiry: 'd30' }, NOW).expires_at).toBe('2026-12-15T12:00:00.000Z');
    const chosen = dayjs('2027-01-31');
    expect(newKeyOf({ ...fields, expiry: 'date', day: chosen }, NOW).expires_at).toBe(
      chosen.endOf('day').toISOString(),
    );
  });

  it('keeps a limit of nothing at all, and leaves out what is empty', () => {
    const limits = newKeyOf(
      { name: 'ci', scopes: ['models:use'], expiry: 'never', requests: 0, tokens: null },
      NOW,
    ).limits;
    expect(limits).toEqual([{ metric: 'requests', window_seconds: 60, cap: 0 }]);
  });
});

const limit = (metric: LimitBody['metric'], window_seconds: number, cap: number): LimitBody => ({
  id: `limit_${metric}_${window_seconds}`,
  org_id: apiKey.org_id,
  scope: 'key',
  scope_id: apiKey.id,
  metric,
  window_seconds,
  cap,
  created_at: apiKey.created_at,
});

describe('changedKeyOf', () => {
  const LIMITS = [limit('requests', 60, 5), limit('requests', 3_600, 100)];

  it('says the same of a key that nobody touched, limits without a field too', () => {
    const ending = { ...apiKey, model_allow_list: ['small'], expires_at: '2027-01-31T08:15:00Z' };
    for (const key of [apiKey, ending, { ...apiKey, model_allow_list: [] }]) {
      const { name, scopes, model_allow_list, expires_at } = key;
      const body = changedKeyOf(fieldsOf(key, LIMITS), key, LIMITS, NOW);
      const limits = LIMITS.map(({ metric, window_seconds, cap }) => ({ metric, window_seconds, cap }));
      expect(body).toEqual({ name, scopes, model_allow_list, expires_at, limits });
    }
  });

  it('takes a limit away that was emptied, and leaves all alone where they are not to be changed', () => {
    const emptied = { ...fieldsOf(apiKey, LIMITS), requests: null };
    expect(changedKeyOf(emptied, apiKey, LIMITS, NOW).limits).toEqual([
      { metric: 'requests', window_seconds: 3_600, cap: 100 },
    ]);
    expect(changedKeyOf(emptied, apiKey, null, NOW).limits).toBeNull();
  });

  it('opens every model again, and takes an end away', () => {
    const narrow = { ...apiKey, model_allow_list: ['small'], expires_at: '2027-01-31T08:15:00Z' };
    const fields = { ...fieldsOf(narrow, []), model_allow_list: [], expiry: 'never' as const };
    expect(changedKeyOf(fields, narrow, [], NOW)).toMatchObject({ model_allow_list: null, expires_at: null });
  });
});
