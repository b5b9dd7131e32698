import { screen, waitFor } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { refusal, render } from '@/testing/render';
import { CommandForm } from './WalletCommandForm';

const ORG = `org_${'1'.repeat(32)}`;
const ROUTE = `POST /api/v1/admin/wallets/${ORG}/top-ups`;
const BOOKED = { replayed: false, transaction: { balance_after_nanos: 12_500_000_000, trace_id: 'a'.repeat(32) } };

function show(answer: (body: Record<string, unknown>) => Response) {
  const sent: Record<string, unknown>[] = [];
  render(<CommandForm kind="topUp" orgId={ORG} currency="USD" onClose={() => {}} />, {
    answers: {
      [ROUTE]: async (request: Request) => {
        const body = (await request.json()) as Record<string, unknown>;
        sent.push(body);
        return answer(body);
      },
    },
  });
  return sent;
}

async function fillIn(amount: string, reason: string) {
  await userEvent.type(screen.getByLabelText('Amount'), amount);
  if (reason) await userEvent.type(screen.getByLabelText('Reason'), reason);
}

it('books the exact amount with its reason, and shows the balance that came of it', async () => {
  const sent = show(() => Response.json(BOOKED));
  await fillIn('12.5', 'Invoice 7 paid');
  await userEvent.click(screen.getByRole('button', { name: 'Top up' }));
  expect(await screen.findByText('$12.50')).toBeVisible();
  expect(sent).toEqual([
    { ref: expect.stringMatching(/^console:/), amount_nanos: 12_500_000_000, reason: 'Invoice 7 paid' },
  ]);
});

it('books once for a double click', async () => {
  const sent = show(() => Response.json(BOOKED));
  await fillIn('3', 'Invoice 9');
  await userEvent.dblClick(screen.getByRole('button', { name: 'Top up' }));
  expect(await screen.findByText('Booked.')).toBeVisible();
  expect(sent).toHaveLength(1);
});

it('sends the same reference again after an answer that was lost', async () => {
  const answers = [refusal(503, 'unavailable', 'try again'), Response.json({ ...BOOKED, replayed: true })];
  const sent = show(() => answers.shift() as Response);
  await fillIn('1', 'Invoice 8');
  await userEvent.click(screen.getByRole('button', { name: 'Top up' }));
  await screen.findByRole('alert');
  await userEvent.click(screen.getByRole('button', { name: 'Top up' }));
  expect(await screen.findByText(/booked before/)).toBeVisible();
  expect(sent).toHaveLength(2);
  expect(sent[0]?.ref).toBe(sent[1]?.ref);
});

it.each([
  ['0', 'why'],
  ['1,2,3', 'why'],
  ['5', ''],
])('books nothing for the amount %j with the reason %j', async (amount, reason) => {
  const sent = show(() => Response.json(BOOKED));
  await fillIn(amount, reason);
  await userEvent.click(screen.getByRole('button', { name: 'Top up' }));
  await waitFor(() => expect(document.querySelector('.ant-form-item-explain-error')).not.toBeNull());
  expect(sent).toEqual([]);
});
