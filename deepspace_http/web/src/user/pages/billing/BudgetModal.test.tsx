import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it, vi } from 'vitest';
import { ORG, profileOf, project } from '@/testing/people';
import { render } from '@/testing/render';
import { BudgetModal } from './BudgetModal';

it('sends a cap in nano-units, and none that is no amount', async () => {
  const bodies: unknown[] = [];
  const close = vi.fn();
  render(<BudgetModal edited="new" currency="USD" onClose={close} />, {
    answers: {
      'GET /api/v1/me': profileOf(),
      'GET /api/v1/projects': { data: [project], next_cursor: null },
      'PUT /api/v1/wallet/budgets': async (request: Request) => {
        bodies.push(await request.json());
        return Response.json({});
      },
    },
  });
  const cap = await screen.findByLabelText(/^Cap/);
  await userEvent.type(cap, '12,x');
  await userEvent.click(screen.getByRole('button', { name: 'Set a budget' }));
  expect(await screen.findByText('This is no amount')).toBeVisible();
  await userEvent.clear(cap);
  await userEvent.type(cap, '12.50');
  await userEvent.click(screen.getByRole('button', { name: 'Set a budget' }));
  await expect.poll(() => close.mock.calls.length).toBe(1);
  expect(bodies).toEqual([{ scope: 'org', scope_id: ORG, window: 'month', cap_nanos: 12_500_000_000 }]);
});
