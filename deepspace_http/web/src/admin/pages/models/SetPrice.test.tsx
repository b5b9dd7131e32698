import { screen, waitFor, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { expect, it } from 'vitest';
import type { CatalogueModelBody } from '@/api/schema';
import { render } from '@/testing/render';
import { SetPrice } from './SetPrice';

const MODEL: CatalogueModelBody = {
  id: 'model_1',
  name: 'small',
  upstream_name: 'small',
  kinds: ['chat'],
  context_tokens: 1,
  output_tokens_max: 1,
  enabled: true,
  visibility: 'public',
  recommended: false,
  created_at: '2026-01-01T00:00:00Z',
};
const PREVIEW = {
  cost_picos: 1,
  cost_nanos: 6_000_000,
  cost: '0.006',
  cost_exact: '0.006',
  hold_nanos: 6_000_000,
  hold: '0.006',
  tier_from_input_tokens_above: 0,
};

it('sets a price after it was typed and looked at', async () => {
  const told: unknown[] = [];
  const previewed: unknown[] = [];
  render(<SetPrice model={MODEL} now={undefined} />, {
    answers: {
      'POST /api/v1/admin/models/model_1/prices/preview': async (request: Request) => {
        previewed.push(await request.json());
        return Response.json(PREVIEW);
      },
      'POST /api/v1/admin/models/model_1/prices': async (request: Request) => {
        told.push(await request.json());
        return Response.json({}, { status: 201 });
      },
    },
  });
  await userEvent.click(screen.getByRole('button', { name: 'Set a new price' }));
  const dialog = await screen.findByRole('dialog');
  const review = within(dialog).getByRole('button', { name: 'Review' });
  expect(review).toBeDisabled();
  await userEvent.type(within(dialog).getByLabelText('Input'), '0.15');
  await userEvent.type(within(dialog).getByLabelText('Output'), '0.6x');
  expect(review).toBeDisabled();
  expect(within(dialog).getByText(/An amount such as/)).toBeVisible();
  await userEvent.type(within(dialog).getByLabelText('Output'), '{Backspace}');
  await userEvent.type(within(dialog).getByLabelText('Per image'), '0.04');
  await userEvent.click(review);
  expect(await within(dialog).findByText('0.15 USD')).toBeVisible();
  expect(within(dialog).getByText('0.04 USD')).toBeVisible();
  expect(within(dialog).getByLabelText('Images')).toHaveValue('1');
  expect(await within(dialog).findAllByText('$0.006')).toHaveLength(2);
  expect(previewed.at(-1)).toMatchObject({ units: { images: 1 }, unit_picos: { images: 40_000_000_000 } });
  await userEvent.click(within(dialog).getByRole('button', { name: 'Set this price' }));
  await waitFor(() =>
    expect(told).toEqual([
      {
        currency: 'USD',
        tiers: [{ from_input_tokens_above: 0, rates_picos: { input_uncached: 150_000, output_text: 600_000 } }],
        per_request_picos: 0,
        effective_at: null,
        unit_picos: { images: 40_000_000_000 },
      },
    ]),
  );
});
