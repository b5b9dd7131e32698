import { screen } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { expect, it, vi } from 'vitest';
import { ApiError } from '@/api/errors';
import { render } from '@/testing/render';
import { LoadedTable } from './LoadedTable';

const FAULT = new ApiError(503, 'the database is away', 'unavailable', null, 'abc', null);

function show(list: { data?: { id: string }[]; error?: unknown; isPending?: boolean }) {
  const refetch = vi.fn();
  render(
    <LoadedTable
      label="Things"
      list={{ data: undefined, error: null, isPending: false, ...list, refetch }}
      empty="No things yet"
      rowKey="id"
      columns={[{ title: 'Id', dataIndex: 'id' }]}
    />,
  );
  return refetch;
}

it('says that there is nothing only where that is known', async () => {
  show({ data: [] });
  expect(await screen.findByText('No things yet')).toBeVisible();
});

it('says nothing of the kind while it loads', async () => {
  show({ isPending: true });
  expect(await screen.findByRole('table', { name: 'Things' })).toBeVisible();
  expect(screen.queryByText('No things yet')).toBeNull();
});

it('tells what went wrong with its trace id in place of a table, and asks again', async () => {
  const refetch = show({ error: FAULT });
  expect(await screen.findByText('abc')).toBeVisible();
  expect(screen.queryByText('No things yet')).toBeNull();
  expect(screen.queryByRole('table')).toBeNull();
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
  expect(refetch).toHaveBeenCalledOnce();
});

it('keeps the rows of before beside what went wrong since', async () => {
  show({ data: [{ id: 'first' }], error: FAULT });
  expect(await screen.findByText('first')).toBeVisible();
  expect(screen.getByText('abc')).toBeVisible();
});
