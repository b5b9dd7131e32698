import { screen, waitFor } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { expect, it } from 'vitest';
import type { ConversationBody } from '@/api/schema';
import { render } from '@/testing/render';
import { ConversationList } from './ConversationList';

const LIST = 'GET /api/v1/conversations';

function conversation(id: string, title: string, more: Partial<ConversationBody> = {}): ConversationBody {
  const now = new Date().toISOString();
  return {
    id,
    title,
    project_id: 'proj_1',
    pinned: false,
    excerpt: null,
    updated_at: now,
    ...more,
  } as ConversationBody;
}

function show(rows: ConversationBody[]) {
  const changes: unknown[] = [];
  const rendered = render(<ConversationList />, {
    answers: {
      [LIST]: (request: Request) => {
        const query = new URL(request.url).searchParams;
        const wanted = query.get('pinned');
        return Response.json({ data: rows.filter((row) => wanted === null || String(row.pinned) === wanted) });
      },
      'GET /api/v1/projects': { data: [] },
      'PATCH /api/v1/conversations/conv_1': async (request: Request) => {
        changes.push(await request.json());
        return Response.json(rows[0]);
      },
    },
  });
  return { ...rendered, changes };
}

it('shows what is pinned above what was used last, each once', async () => {
  show([conversation('conv_1', 'loose'), conversation('conv_2', 'kept', { pinned: true })]);
  const links = await waitFor(() => {
    const found = screen.getAllByRole('link').map((link) => link.textContent);
    expect(found).toHaveLength(3);
    return found;
  });
  expect(links.slice(1)).toEqual(['kept', 'loose']);
  expect(screen.getByText('Pinned')).toBeVisible();
});

it('pins a conversation', async () => {
  const { changes } = show([conversation('conv_1', 'loose')]);
  await userEvent.click(await screen.findByRole('button', { name: 'More for “loose”' }));
  await userEvent.click(await screen.findByRole('menuitem', { name: 'Pin' }));
  await waitFor(() => expect(changes).toEqual([{ pinned: true }]));
});

it('marks what a search has found', async () => {
  show([conversation('conv_1', 'Money', { excerpt: { before: 'a ', hit: 'Wallet', after: ' full' } })]);
  await userEvent.type(screen.getByRole('searchbox'), 'wallet');
  const hit = await screen.findByText('Wallet');
  expect(hit.tagName).toBe('MARK');
  expect(hit.parentElement).toHaveTextContent('a Wallet full');
});
