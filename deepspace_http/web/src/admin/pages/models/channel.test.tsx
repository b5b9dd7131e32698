import { screen, waitFor, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { expect, it } from 'vitest';
import type { ChannelBody } from '@/api/schema';
import { render } from '@/testing/render';
import { ChannelCosts } from './ChannelCosts';
import { EditChannel } from './ChannelForm';

const TIERS = [
  {
    from_input_tokens_above: 0,
    rates_picos: { input_uncached: 100_000, output_text: 400_000 },
    rates_per_million: { input_uncached: '0.1', output_text: '0.4' },
  },
];
const CHANNEL: ChannelBody = {
  id: 'chan_1',
  name: 'second',
  base_url: 'https://newapi.example.com/v1',
  from_environment: false,
  priority: 0,
  weight: 1,
  models: null,
  model_names: {},
  cost_rates: { '*': { currency: 'USD', per_request_picos: 0, unit_picos: { images: 20_000_000_000 }, tiers: TIERS } },
  log: null,
  enabled: true,
  version: 1,
  created_at: '2026-01-01T00:00:00Z',
  health: null,
};
const STORED = {
  currency: 'USD',
  per_request_picos: 0,
  unit_picos: { images: 20_000_000_000 },
  tiers: [{ from_input_tokens_above: 0, rates_picos: { input_uncached: 100_000, output_text: 400_000 } }],
};
const PATCH = 'PATCH /api/v1/admin/channels/second';

function answering(told: unknown[]) {
  return {
    [PATCH]: async (request: Request) => {
      told.push(await request.json());
      return Response.json(CHANNEL);
    },
  };
}

it('shows every rate of a channel, and sets those of one more model beside them', async () => {
  const told: unknown[] = [];
  render(<ChannelCosts channel={CHANNEL} />, { answers: answering(told) });
  expect(screen.getByText('Images: 0.02 USD each')).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Set what it charges' }));
  const dialog = await screen.findByRole('dialog');
  const save = within(dialog).getByRole('button', { name: 'Save' });
  await userEvent.type(within(dialog).getByLabelText('For the model'), 'nebula');
  await userEvent.type(within(dialog).getByLabelText('Input'), '2');
  await userEvent.type(within(dialog).getByLabelText('Output'), '6,5');
  await userEvent.type(within(dialog).getByLabelText('Per second of audio'), '0.0001');
  await userEvent.click(save);
  await waitFor(() =>
    expect(told).toEqual([
      {
        cost_rates: {
          '*': STORED,
          nebula: {
            currency: 'USD',
            per_request_picos: 0,
            unit_picos: { audio_seconds: 100_000_000 },
            tiers: [{ from_input_tokens_above: 0, rates_picos: { input_uncached: 2_000_000, output_text: 6_500_000 } }],
          },
        },
      },
    ]),
  );
});

it('removes the rates of a model after it has asked', async () => {
  const told: unknown[] = [];
  render(<ChannelCosts channel={CHANNEL} />, { answers: answering(told) });
  await userEvent.click(screen.getByRole('button', { name: 'Remove' }));
  const dialog = await screen.findByRole('dialog');
  expect(told).toEqual([]);
  await userEvent.click(within(dialog).getByRole('button', { name: 'Remove' }));
  await waitFor(() => expect(told).toEqual([{ cost_rates: {} }]));
});

it('tells how the channel’s own log is read, the token only where one is typed', async () => {
  const told: unknown[] = [];
  render(<EditChannel channel={CHANNEL} />, { answers: answering(told) });
  await userEvent.click(screen.getByRole('button', { name: 'Edit' }));
  const dialog = await screen.findByRole('dialog');
  await userEvent.click(within(dialog).getByText('Its own log, for reconciliation'));
  await userEvent.type(within(dialog).getByLabelText('Address of its console'), 'https://newapi.example.com');
  await userEvent.click(within(dialog).getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(within(dialog).getAllByText(/required|enter/i).length).toBeGreaterThan(0));
  expect(told).toEqual([]);
  await userEvent.type(within(dialog).getByLabelText('Number of the user'), '7');
  await userEvent.type(within(dialog).getByLabelText('Access token of that user'), 'tok-1');
  await userEvent.click(within(dialog).getByRole('button', { name: 'Save' }));
  await waitFor(() =>
    expect(told).toEqual([
      {
        priority: 0,
        weight: 1,
        models: [],
        model_names: {},
        base_url: 'https://newapi.example.com/v1',
        log: { base_url: 'https://newapi.example.com', user_id: 7, token: 'tok-1' },
      },
    ]),
  );
});

it('forgets how the log is read when its address is emptied', async () => {
  const told: unknown[] = [];
  const log = { base_url: 'https://newapi.example.com', user_id: 7, token_name: null };
  render(<EditChannel channel={{ ...CHANNEL, log }} />, { answers: answering(told) });
  await userEvent.click(screen.getByRole('button', { name: 'Edit' }));
  const dialog = await screen.findByRole('dialog');
  await userEvent.clear(within(dialog).getByLabelText('Address of its console'));
  await userEvent.click(within(dialog).getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(told).toEqual([expect.objectContaining({ forget_log: true })]));
  expect(told).not.toEqual([expect.objectContaining({ log: expect.anything() })]);
});
