import { screen, waitFor } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { render } from '@/testing/render';
import { Component as KeysSection, stateOf } from './KeysSection';

const ORG = `org_${'1'.repeat(32)}`;
const KEY = {
  id: `key_${'2'.repeat(32)}`,
  org_id: ORG,
  name: 'Nightly',
  prefix: 'sk-ds-4f9a2b',
  scopes: ['models:use'],
  project_id: null,
  model_allow_list: null,
  created_by: `user_${'3'.repeat(32)}`,
  created_at: '2026-11-01T12:00:00Z',
  expires_at: null,
  revoked_at: null,
  last_used_at: null,
  rotated_at: null,
  previous_expires_at: null,
};

it('ends a key with a reason, and never without one', async () => {
  const reasons: unknown[] = [];
  render(<KeysSection />, {
    path: '/?state=active',
    answers: {
      'GET /api/v1/admin/keys': { data: [KEY], next_cursor: null },
      'GET /api/v1/admin/names': { names: { [ORG]: 'Ada Lab' } },
      'GET /api/v1/admin/orgs': { data: [], next_cursor: null },
      [`POST /api/v1/admin/orgs/${ORG}/keys/${KEY.id}/revoke`]: async (request: Request) => {
        reasons.push(((await request.json()) as { reason: string }).reason);
        return Response.json({ ...KEY, revoked_at: '2026-11-29T12:00:00Z' });
      },
    },
  });
  expect((await screen.findAllByText('Nightly'))[0]).toBeVisible();
  expect((await screen.findAllByText('Ada Lab'))[0]).toBeVisible();
  await userEvent.click((await screen.findAllByRole('button', { name: 'Revoke' }))[0] as HTMLElement);
  const dialog = await screen.findByRole('dialog');
  const confirm = () => dialog.querySelector('button[type=submit]') as HTMLButtonElement;
  expect(confirm()).toBeDisabled();
  await userEvent.type(screen.getByLabelText('Reason'), 'Found in a public repository');
  await userEvent.click(confirm());
  await waitFor(() => expect(reasons).toEqual(['Found in a public repository']));
});

it('asks for the keys that the address names', async () => {
  const { asked } = render(<KeysSection />, {
    path: `/?state=revoked&org_id=${ORG}`,
    answers: {
      'GET /api/v1/admin/keys': { data: [], next_cursor: null },
      'GET /api/v1/admin/names': { names: {} },
      'GET /api/v1/admin/orgs': { data: [], next_cursor: null },
    },
  });
  await screen.findByText('Nothing matches these filters');
  expect(asked).toContain(`GET /api/v1/admin/keys?limit=20&org_id=${ORG}&state=revoked`);
});

it.each([
  [{ revoked_at: '2026-01-01T00:00:00Z', expires_at: '2026-01-01T00:00:00Z' }, 'revoked'],
  [{ revoked_at: null, expires_at: '2026-01-01T00:00:00Z' }, 'expired'],
  [{ revoked_at: null, expires_at: '2099-01-01T00:00:00Z' }, 'active'],
  [{ revoked_at: null, expires_at: null }, 'active'],
])('knows that %j is %s', (key, state) => {
  expect(stateOf(key, Date.parse('2026-11-29T12:00:00Z'))).toBe(state);
});
