import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import type { OrganizationBody } from '@/api/schema';
import { profileOf } from '@/testing/people';
import { render } from '@/testing/render';
import { MembersTab } from './MembersTab';

const profile = profileOf();
const organization = profile.organizations.map((one) => one.organization)[0] as OrganizationBody;
const grace = {
  user_id: 'user_grace',
  display_name: 'Grace',
  email: 'grace@example.com',
  role: 'member',
  created_at: '2026-01-01T00:00:00Z',
};

async function chooseFor(name: string, role: string) {
  const roles: unknown[] = [];
  render(<MembersTab organization={organization} />, {
    answers: {
      'GET /api/v1/me': profile,
      [`GET /api/v1/orgs/${organization.id}/members`]: { data: [grace], next_cursor: null },
      [`GET /api/v1/orgs/${organization.id}/invitations`]: { data: [], next_cursor: null },
      [`PATCH /api/v1/orgs/${organization.id}/members/user_grace`]: async (request: Request) => {
        roles.push(await request.json());
        return Response.json(grace);
      },
    },
  });
  await userEvent.click(await screen.findByRole('combobox', { name: `Role: ${name}` }));
  await userEvent.click(await screen.findByText(role));
  return roles;
}

describe('MembersTab', () => {
  it('gives a role that is easily taken back at once', async () => {
    const roles = await chooseFor('Grace', 'Viewer');
    await expect.poll(() => roles).toEqual([{ role: 'viewer' }]);
  });

  it('asks before it makes an owner', async () => {
    const roles = await chooseFor('Grace', 'Owner');
    const dialog = await screen.findByRole('dialog');
    expect(within(dialog).getByText(/Make Grace an owner/)).toBeVisible();
    expect(roles).toEqual([]);
    await userEvent.click(within(dialog).getByRole('button', { name: 'Change the role' }));
    await expect.poll(() => roles).toEqual([{ role: 'owner' }]);
  });
});
