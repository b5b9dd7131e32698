import dayjs from 'dayjs';
import { describe, expect, it } from 'vitest';
import { bodyOf } from './newKey';

const NOW = Date.parse('2026-11-15T12:00:00Z');

describe('bodyOf', () => {
  it('asks for no more than was filled in', () => {
    expect(bodyOf({ name: 'ci', scopes: ['models:use'], expiry: 'never', model_allow_list: [] }, NOW)).toEqual({
      name: 'ci',
      scopes: ['models:use'],
      expires_at: null,
      limits: [],
    });
  });

  it('counts the days of an expiry from now, and lets a chosen day end', () => {
    const fields = { name: 'ci', scopes: ['models:use' as const] };
    expect(bodyOf({ ...fields, expiry: 'd30' }, NOW).expires_at).toBe('2026-12-15T12:00:00.000Z');
    const chosen = dayjs('2027-01-31');
    expect(bodyOf({ ...fields, expiry: 'date', day: chosen }, NOW).expires_at).toBe(chosen.endOf('day').toISOString());
  });

  it('keeps a limit of nothing at all, and leaves out what is empty', () => {
    const limits = bodyOf(
      { name: 'ci', scopes: ['models:use'], expiry: 'never', requests: 0, tokens: null },
      NOW,
    ).limits;
    expect(limits).toEqual([{ metric: 'requests', window_seconds: 60, cap: 0 }]);
  });
});
