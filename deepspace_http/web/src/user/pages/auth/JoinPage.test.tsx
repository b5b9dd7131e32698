import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it } from 'vitest';
import { usePlace } from '@/stores/place';
import { ORG, profileOf } from '@/testing/people';
import { render } from '@/testing/render';
import { Component as JoinPage } from './JoinPage';

const TOKEN = 'ds-in-0123456789';
const TOLD = {
  organization_name: 'Nebula Lab',
  inviter_name: 'Grace',
  email: 'ada@example.org',
  role: 'member',
  state: 'pending',
  expires_at: '2026-12-01T00:00:00Z',
};

function open(answers: Record<string, unknown>, hash = `#${TOKEN}`) {
  window.history.replaceState(null, '', `/join${hash}`);
  return render(<JoinPage />, { path: '/join', answers: { 'POST /api/v1/invitations/read': TOLD, ...answers } });
}

afterEach(() => {
  sessionStorage.clear();
  window.history.replaceState(null, '', '/');
  usePlace.getState().enterOrg(null);
});

describe('JoinPage', () => {
  it('takes the secret out of the address, and keeps it while its holder logs in', async () => {
    open({});
    expect(await screen.findByText('Grace invites you to join Nebula Lab as member.')).toBeVisible();
    expect(window.location.hash).toBe('');
    expect(sessionStorage.getItem('deepspace.invitation')).toBe(TOKEN);
    expect(await screen.findByRole('button', { name: 'Log in' })).toBeVisible();
  });

  it('lets in who was invited, and enters the organization', async () => {
    let state = 'pending';
    const { router } = open({
      'GET /api/v1/me': profileOf(),
      'POST /api/v1/invitations/read': () => Response.json({ ...TOLD, state }),
      'POST /api/v1/invitations/accept': () => {
        state = 'accepted';
        return Response.json(profileOf().organizations[0]);
      },
    });
    await userEvent.click(await screen.findByRole('button', { name: 'Join Nebula Lab' }));
    await expect.poll(() => usePlace.getState().orgId).toBe(ORG);
    expect(sessionStorage.getItem('deepspace.invitation')).toBeNull();
    await expect.poll(() => router.state.location.pathname).toBe('/');
  });

  it('asks somebody else to log in as who was invited', async () => {
    open({ 'GET /api/v1/me': profileOf(), 'POST /api/v1/invitations/read': { ...TOLD, email: 'bob@example.org' } });
    expect(await screen.findByText(/You are logged in as ada@example.org/)).toBeVisible();
    expect(screen.queryByRole('button', { name: /Join/ })).not.toBeInTheDocument();
  });

  it.each(['accepted', 'withdrawn', 'expired'])('says that one is %s', async (state) => {
    open({ 'GET /api/v1/me': profileOf(), 'POST /api/v1/invitations/read': { ...TOLD, state } });
    expect(await screen.findByText(/^This invitation/)).toBeVisible();
  });

  it('says so where the address carries none', async () => {
    open({}, '');
    expect(await screen.findByText(/carries no invitation/)).toBeVisible();
  });
});
