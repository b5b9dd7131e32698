import { screen, waitFor } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { expect, it, vi } from 'vitest';
import { ApiError } from '@/api/errors';
import { render } from '@/testing/render';
import { ConfirmDanger } from './ConfirmDanger';

function show(props: Partial<Parameters<typeof ConfirmDanger>[0]> = {}) {
  const confirm = vi.fn(async () => {});
  render(
    <ConfirmDanger
      title="Revoke the key?"
      consequence="Programs that use it fail at once."
      verb="Revoke"
      trigger="Revoke…"
      onConfirm={confirm}
      {...props}
    />,
  );
  return confirm;
}

it('does nothing before it was asked and answered', async () => {
  const confirm = show();
  await userEvent.click(screen.getByRole('button', { name: 'Revoke…' }));
  await screen.findByText('Programs that use it fail at once.');
  expect(confirm).not.toHaveBeenCalled();
  await userEvent.click(screen.getByRole('button', { name: 'Revoke' }));
  await waitFor(() => expect(confirm).toHaveBeenCalledOnce());
});

it('can be left without doing it', async () => {
  const confirm = show();
  await userEvent.click(screen.getByRole('button', { name: 'Revoke…' }));
  await userEvent.click(await screen.findByRole('button', { name: 'Cancel' }));
  expect(confirm).not.toHaveBeenCalled();
});

it('offers to say why, and does not insist', async () => {
  const confirm = show({ reason: 'offered' });
  await userEvent.click(screen.getByRole('button', { name: 'Revoke…' }));
  expect(await screen.findByLabelText('Reason (optional)')).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Revoke' }));
  await waitFor(() => expect(confirm).toHaveBeenCalledWith(''));
});

it('waits for the reason and hands it on', async () => {
  const confirm = show({ reason: 'needed' });
  await userEvent.click(screen.getByRole('button', { name: 'Revoke…' }));
  expect(await screen.findByRole('button', { name: 'Revoke' })).toBeDisabled();
  await userEvent.type(screen.getByLabelText('Reason'), ' leaked ');
  await userEvent.click(screen.getByRole('button', { name: 'Revoke' }));
  await waitFor(() => expect(confirm).toHaveBeenCalledWith('leaked'));
});

it('waits for the word', async () => {
  show({ word: 'production' });
  await userEvent.click(screen.getByRole('button', { name: 'Revoke…' }));
  expect(await screen.findByRole('button', { name: 'Revoke' })).toBeDisabled();
  await userEvent.type(screen.getByLabelText('Type production to confirm'), 'production');
  expect(screen.getByRole('button', { name: 'Revoke' })).toBeEnabled();
});

it('stays open and says so when it was refused', async () => {
  show({ onConfirm: () => Promise.reject(new ApiError(409, 'the last owner stays', 'last_owner', null, null, null)) });
  await userEvent.click(screen.getByRole('button', { name: 'Revoke…' }));
  await userEvent.click(await screen.findByRole('button', { name: 'Revoke' }));
  expect(await screen.findByText('The last owner stays.')).toBeVisible();
});
