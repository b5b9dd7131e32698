import { screen, waitFor } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { expect, it, vi } from 'vitest';
import { render } from '@/testing/render';
import { Component as Organizations } from './OrgsSection';
import { Component as People } from './PeopleSection';

const LISTS = { 'GET /api/v1/admin/users': { data: [] }, 'GET /api/v1/admin/orgs': { data: [] } };

/** What the gateway is asked to export by the page of that address. */
async function asked(page: React.ReactElement, at: string): Promise<unknown> {
  vi.stubGlobal('EventSource', EventTarget);
  let sent: unknown = null;
  render(page, {
    path: at,
    answers: {
      ...LISTS,
      'POST /api/v1/admin/exports': async (request: Request) => {
        sent = await request.json();
        return Response.json({ error: { code: 'unavailable', message: 'later' } }, { status: 503 });
      },
    },
  });
  await userEvent.click(await screen.findByRole('button', { name: /Export/ }));
  await userEvent.click(screen.getByRole('button', { name: 'Start the export' }));
  await waitFor(() => expect(sent).not.toBeNull());
  return sent;
}

it('exports the users that the filters leave, whatever their order', async () => {
  const sent = await asked(<People />, '/users?search=ada&state=disabled&administrator=no&order=email');
  expect(sent).toMatchObject({
    kind: 'users',
    matching: { search: 'ada', disabled: true, administrator: false },
  });
  expect(sent).not.toHaveProperty('matching.order');
});

it('exports the organizations that the filters leave', async () => {
  const sent = await asked(<Organizations />, '/users/orgs?kind=team&state=suspended');
  expect(sent).toMatchObject({ kind: 'organizations', matching: { kind: 'team', suspended: true } });
});
