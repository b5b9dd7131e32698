import { screen, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { expect, it, vi } from 'vitest';
import type { FiguresBody, OverviewBody } from '@/api/schema';
import { refusal, render } from '@/testing/render';
import { Component } from './DashboardPage';

vi.mock('@/components/TimeChartCanvas', () => ({ default: () => null }));

const NONE = { calls: 0, p50_ms: null, p90_ms: null, p95_ms: null, p99_ms: null };

function figures(changes: Partial<FiguresBody>): FiguresBody {
  return {
    requests: 0,
    answered: 0,
    refused: 0,
    failed: 0,
    failed_permille: null,
    calls: 0,
    input_tokens: 0,
    output_tokens: 0,
    endings: { completed: 0, truncated: 0, client_aborted: 0, upstream_error: 0, timed_out: 0 },
    earnings: [],
    answer: NONE,
    first_token: NONE,
    ...changes,
  };
}

const PERIOD = {
  since: '2026-01-01T00:00:00Z',
  until: '2026-01-08T00:00:00Z',
  bucket: 'hour',
  time_zone: 'UTC',
} as const;
const MONEY = { nanos: 10_000_000_000, decimal: '10' };
const OVERVIEW: OverviewBody = {
  period: PERIOD,
  previous: PERIOD,
  now: figures({
    requests: 1200,
    refused: 40,
    failed: 70,
    failed_permille: 60,
    earnings: [
      {
        currency: 'USD',
        calls: 10,
        price: MONEY,
        costed_calls: 4,
        cost: { nanos: 6_000_000_000, decimal: '6' },
        margin: { nanos: -1_000_000_000, decimal: '-1' },
        margin_permille: -100,
      },
    ],
  }),
  before: figures({ requests: 1000 }),
  active: { users: 3, organizations: 2, keys: 5 },
  active_before: { users: 0, organizations: 0, keys: 0 },
  trend: [{ starts_at: PERIOD.since, figures: figures({}) }],
  errors: [{ error_code: 'upstream_cut', kind: 'failed', requests: 70, before: 3 }],
  models: [],
  channels: [],
};
const QUIET = {
  'GET /api/v1/admin/overview': OVERVIEW,
  'GET /api/v1/admin/overview/attention': { data: [] },
  'GET /api/v1/admin/overview/anomalies': { data: [] },
  'GET /api/v1/admin/overview/leaders': { total: 0, data: [] },
};

it('shows the figures beside those of the period before', async () => {
  render(<Component />, { answers: QUIET });
  const tiles = await screen.findByRole('region', { name: 'Figures' });
  expect(await within(tiles).findByText('1.2K')).toBeVisible();
  expect(within(tiles).getByText(/up 20% on 1K/)).toBeVisible();
  expect(within(tiles).getByText('6%')).toBeVisible();
  expect(within(tiles).getByText('-$1.00')).toBeVisible();
  expect(within(tiles).getByText(/cost known of 4 of 10 calls/)).toBeVisible();
});

it('leads from what needs attention to where it is mended', async () => {
  const data = [
    {
      kind: 'channel_failing',
      severity: 'critical',
      subject: 'main',
      count: 1,
      since: null,
      detail: 'refused',
      org_id: null,
    },
    { kind: 'jobs_dead', severity: 'warning', subject: 'exports.run', count: 3, since: null, detail: '', org_id: null },
  ];
  render(<Component />, { answers: { ...QUIET, 'GET /api/v1/admin/overview/attention': { data } } });
  expect(await screen.findByText('The channel main fails: refused')).toBeVisible();
  const links = screen.getAllByRole('link', { name: 'Look' }).map((link) => link.getAttribute('href'));
  expect(links).toEqual(['/models/channels/main', '/system/jobs?state=dead&name=exports.run']);
});

it('says so when nothing is wrong, and when nothing strays', async () => {
  render(<Component />, { answers: QUIET });
  expect(await screen.findByText('Nothing known is wrong.')).toBeVisible();
  expect(await screen.findByText('No hour strays from what is usual.')).toBeVisible();
});

it('keeps the period in the address and asks for it', async () => {
  const { router, asked } = render(<Component />, { answers: QUIET });
  await userEvent.click(await screen.findByText('90 days'));
  expect(router.state.location.search).toBe('?range=90d');
  expect(asked.some((one) => one.includes('/overview?') && one.includes('bucket=day'))).toBe(true);
});

it('tells what failed with its trace', async () => {
  const answers = { ...QUIET, 'GET /api/v1/admin/overview': () => refusal(500, 'internal', 'broken') };
  render(<Component />, { answers });
  expect(await screen.findByText('4bf92f3577b34da6a3ce929d0e0e4736')).toBeVisible();
});
