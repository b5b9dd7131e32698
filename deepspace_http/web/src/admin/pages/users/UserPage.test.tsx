import { screen, waitFor, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { Route, Routes } from 'react-router';
import { expect, it } from 'vitest';
import { refusal, render } from '@/testing/render';
import { Component } from './UserPage';

const ID = 'user_00000000000000000000000000000001';
const ORG = 'org_00000000000000000000000000000002';
const ADA = {
  id: ID,
  email: 'ada@example.org',
  display_name: 'Ada',
  language: 'en',
  time_zone: 'UTC',
  personal_org_id: ORG,
  is_administrator: false,
  created_at: '2026-01-01T00:00:00Z',
  disabled_at: null,
};
const TEAM = { id: ORG, name: 'Team', kind: 'team', on_abort: 'drain', created_at: ADA.created_at, suspended_at: null };
const USER = `/api/v1/admin/users/${ID}`;
const ROLES = {
  roles: ['owner', 'viewer'],
  permissions: [{ permission: 'models:use', roles: ['owner'], in_project: true }],
};
const ALLOWED = { permission: 'models:use', allowed: true, by_role: true, by_scope: null, in_project: null };
const ANSWERS = {
  [`GET ${USER}`]: ADA,
  [`GET ${USER}/orgs`]: { data: [{ organization: TEAM, role: 'owner' }], next_cursor: null },
  [`GET ${USER}/keys`]: { data: [], next_cursor: null },
  'GET /api/v1/admin/roles': ROLES,
};

function show(tab: string, answers: Record<string, unknown>) {
  const page = (
    <Routes>
      <Route path="users/:userId" element={<Component />} />
    </Routes>
  );
  return render(page, { path: `/users/${ID}?tab=${tab}`, answers: { ...ANSWERS, ...answers } });
}

it('disables a user once a reason is given', async () => {
  const told: unknown[] = [];
  show('orgs', {
    [`POST ${USER}/disable`]: async (request: Request) => {
      told.push(await request.json());
      return Response.json({ ...ADA, disabled_at: ADA.created_at });
    },
  });
  await userEvent.click(await screen.findByRole('button', { name: 'Disable' }));
  const dialog = await screen.findByRole('dialog', { name: 'Disable Ada?' });
  const confirm = within(dialog).getByRole('button', { name: 'Disable' });
  expect(confirm).toBeDisabled();
  await userEvent.type(within(dialog).getByLabelText('Reason'), 'left us');
  await userEvent.click(confirm);
  await waitFor(() => expect(told).toEqual([{ reason: 'left us' }]));
});

it('shows what the gateway refuses, such as the last administrator', async () => {
  show('orgs', {
    [`POST ${USER}/disable`]: () => refusal(409, 'last_administrator', 'this is the last administrator'),
  });
  await userEvent.click(await screen.findByRole('button', { name: 'Disable' }));
  const dialog = await screen.findByRole('dialog');
  await userEvent.type(within(dialog).getByLabelText('Reason'), 'x');
  await userEvent.click(within(dialog).getByRole('button', { name: 'Disable' }));
  expect(await within(dialog).findByRole('alert')).toBeVisible();
});

it('shows effective permissions, and why nothing is allowed', async () => {
  const refusal = { code: 'organization_suspended', message: 'this organization is suspended' };
  show('permissions', {
    [`GET ${USER}/orgs/${ORG}/permissions`]: {
      role: 'owner',
      member: true,
      refusal,
      permissions: [{ ...ALLOWED, allowed: false }],
    },
  });
  expect(await screen.findByText('Nothing is allowed: Organization suspended')).toBeVisible();
  expect(await screen.findByText('Not allowed')).toBeVisible();
  expect(screen.getByText('0 of 1 allowed')).toBeVisible();
});

it('asks for the permissions of the organization that is shown first', async () => {
  const { asked } = show('permissions', {
    [`GET ${USER}/orgs/${ORG}/permissions`]: { role: 'owner', member: true, refusal: null, permissions: [ALLOWED] },
  });
  expect(await screen.findByText('1 of 1 allowed')).toBeVisible();
  expect(asked).toContain(`GET ${USER}/orgs/${ORG}/permissions`);
});
