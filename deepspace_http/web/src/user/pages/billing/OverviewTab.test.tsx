import { screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import type { ForecastBody } from '@/api/schema';
import { profileOf, walletOf } from '@/testing/people';
import { refusal, render } from '@/testing/render';
import { OverviewTab } from './OverviewTab';

const FORECAST: ForecastBody = {
  currency: 'USD',
  month_starts_on: '2026-11-01',
  today: '2026-11-15',
  month_ends_on: '2026-11-30',
  history_days: 56,
  to_date_nanos: 8_000_000_000,
  to_date: '8',
  low_nanos: 12_004_000_000,
  low: '12.004',
  expected_nanos: 16_123_456_789,
  expected: '16.123456789',
  high_nanos: 20_006_000_000,
  high: '20.006',
  empty_on: null,
  empty_on_earliest: null,
};

function show(nanos: number, forecast: Partial<ForecastBody> = {}) {
  render(<OverviewTab />, {
    answers: {
      'GET /api/v1/me': profileOf(),
      'GET /api/v1/wallet': walletOf(nanos),
      'GET /api/v1/usage/forecast': { ...FORECAST, ...forecast },
      'GET /api/v1/wallet/holds': { data: [], next_cursor: null },
    },
  });
}

describe('OverviewTab', () => {
  it('tells an estimate to the cent, and what is known to the last digit', async () => {
    show(1_000_000_001);
    expect(await screen.findAllByText('$1.000000001')).toHaveLength(2);
    expect(await screen.findByText('$16.12')).toBeVisible();
    expect(screen.getByText('between $12.00 and $20.01')).toBeVisible();
    expect(screen.getByText('more than a year')).toBeVisible();
  });

  it('warns in the week before the balance ends, and not before', async () => {
    show(5_000_000_000, { empty_on: '2026-11-22', empty_on_earliest: '2026-11-20' });
    expect(await screen.findByText('The balance is running out')).toBeVisible();
    expect(screen.getByText(/it lasts until Nov 22/)).toBeVisible();
  });

  it('keeps quiet where there is time', async () => {
    show(5_000_000_000, { empty_on: '2026-11-23' });
    expect(await screen.findByText('Nov 23')).toBeVisible();
    expect(screen.queryByText('The balance is running out')).not.toBeInTheDocument();
  });

  it('says that an empty wallet refuses calls', async () => {
    show(0);
    expect(await screen.findByText('The wallet is empty')).toBeVisible();
  });

  it('tells no forecast from nothing', async () => {
    show(1, { history_days: 0 });
    expect(await screen.findByText(/After the first whole day of use/)).toBeVisible();
    expect(screen.queryByText(/Expected by/)).not.toBeInTheDocument();
  });

  it('shows what went wrong, with its trace id', async () => {
    render(<OverviewTab />, {
      answers: { 'GET /api/v1/wallet': () => refusal(503, 'unavailable', 'the database is away') },
    });
    expect(await screen.findByText('4bf92f3577b34da6a3ce929d0e0e4736')).toBeVisible();
  });
});
