import { screen, waitFor } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { ApiError } from '@/api/errors';
import { render } from '@/testing/render';
import { CursorTable, type PageQuery } from './CursorTable';
import type { Filter, FilterValues } from './filters';

interface Row {
  id: string;
  name: string;
}

const PAGES: Record<string, { data: Row[]; next_cursor: string | null }> = {
  '': { data: [{ id: '1', name: 'first' }], next_cursor: 'b' },
  b: { data: [{ id: '2', name: 'second' }], next_cursor: 'c' },
  c: { data: [{ id: '3', name: 'third' }], next_cursor: null },
};
const FILTERS: Filter[] = [{ key: 'model', label: 'Model', kind: 'text' }];

function show(path = '/', load?: (page: PageQuery, filters: FilterValues) => Promise<{ data: Row[] }>) {
  const asked: [PageQuery, FilterValues][] = [];
  const rendered = render(
    <CursorTable<Row>
      label="Calls"
      queryKey={['calls']}
      rowKey="id"
      filters={FILTERS}
      columns={[{ title: 'Name', dataIndex: 'name' }]}
      actions={(filters) => <span>exports {JSON.stringify(filters)}</span>}
      load={async (page, filters) => {
        asked.push([page, filters]);
        return load ? load(page, filters) : (PAGES[page.cursor ?? ''] ?? { data: [], next_cursor: null });
      }}
    />,
    { path },
  );
  return { ...rendered, loads: asked };
}

/** A table draws its rows anew when they change, so the element found first may be gone. */
function shown(text: string) {
  return waitFor(() => expect(screen.getByText(text)).toBeVisible());
}

it('turns pages forward and back, and keeps the cursor in the address', async () => {
  const { router } = show();
  await shown('first');
  await userEvent.click(screen.getByRole('button', { name: 'Next page' }));
  await shown('second');
  await userEvent.click(screen.getByRole('button', { name: 'Next page' }));
  await shown('third');
  expect(router.state.location.search).toBe('?cursor=c');
  expect(screen.getByRole('button', { name: 'Next page' })).toBeDisabled();
  await userEvent.click(screen.getByRole('button', { name: 'Previous page' }));
  await shown('second');
  await userEvent.click(screen.getByRole('button', { name: 'Previous page' }));
  await shown('first');
  expect(screen.getByRole('button', { name: 'Previous page' })).toBeDisabled();
});

it('opens where a link points, with the way to the start', async () => {
  show('/?cursor=b');
  await shown('second');
  await userEvent.click(screen.getByRole('button', { name: 'First page' }));
  await shown('first');
});

it('filters by the address, from the first page on, and hands the filters to what exports', async () => {
  const { router, loads } = show('/?cursor=b');
  await screen.findByText('second');
  await userEvent.type(screen.getByRole('textbox', { name: 'Model' }), 'gpt{Enter}');
  await waitFor(() => expect(router.state.location.search).toBe('?model=gpt'));
  await waitFor(() => expect(loads.at(-1)).toEqual([{ limit: 20 }, { model: 'gpt' }]));
  expect(screen.getByText('exports {"model":"gpt"}')).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Clear filters' }));
  await waitFor(() => expect(router.state.location.search).toBe(''));
});

it('tells an empty list from a filter that finds nothing', async () => {
  show('/?model=nothing', async () => ({ data: [] }));
  await shown('Nothing matches these filters');
});

it('says when there is nothing yet', async () => {
  show('/', async () => ({ data: [] }));
  await shown('Nothing here yet');
});

it('shows what went wrong, and tries again', async () => {
  let isAway = true;
  show('/', async () => {
    if (isAway) throw new ApiError(503, 'the database is away', 'unavailable', null, 'abc', null);
    return { data: [{ id: '1', name: 'first' }] };
  });
  await screen.findByText('the database is away');
  isAway = false;
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
  await shown('first');
});
