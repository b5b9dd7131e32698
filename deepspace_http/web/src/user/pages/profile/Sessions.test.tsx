import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { useMe } from '@/api/queries/me';
import { takeEnding } from '@/shell/ending';
import { profileOf, sessionOf } from '@/testing/people';
import { render } from '@/testing/render';
import { Sessions } from './Sessions';

const ANSWERS = {
  'GET /api/v1/me': profileOf(),
  'GET /api/v1/auth/sessions': { data: [sessionOf(1), sessionOf(2, true)], next_cursor: null },
  'POST /api/v1/auth/sessions/revoke-all': { sessions_ended: 2 },
};

function Watched() {
  const { data: me } = useMe();
  return me === null ? <p>a visitor</p> : <Sessions />;
}

describe('Sessions', () => {
  it('names devices, puts this one first, and does not offer to end it', async () => {
    render(<Sessions />, { answers: ANSWERS });
    const rows = await screen.findAllByRole('row', { name: /Firefox on Linux/ });
    expect(rows[0]).toHaveTextContent('this one');
    expect(within(rows[0] as HTMLElement).queryByRole('button')).not.toBeInTheDocument();
    expect(within(rows[1] as HTMLElement).getByRole('button', { name: 'End: Firefox on Linux' })).toBeVisible();
  });

  it('signs out everywhere after asking, and makes the page a visitor’s', async () => {
    const { asked } = render(<Watched />, { answers: ANSWERS });
    await userEvent.click(await screen.findByRole('button', { name: 'Sign out everywhere' }));
    await userEvent.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Sign out everywhere' }));
    expect(await screen.findByText('a visitor')).toBeVisible();
    expect(asked).toContain('POST /api/v1/auth/sessions/revoke-all');
    expect(takeEnding()).toBe('signedOut');
  });
});
