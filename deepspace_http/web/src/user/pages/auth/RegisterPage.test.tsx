import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { refusal, render } from '@/testing/render';
import { Component as RegisterPage } from './RegisterPage';

const OPEN = { 'GET /api/v1/auth/registration': { open: true, password_chars_min: 10 } };

async function fillIn(password = 'correct horse battery staple') {
  await userEvent.type(await screen.findByLabelText('Name'), 'Ada');
  await userEvent.type(screen.getByLabelText('E-mail address'), 'ada@example.org');
  await userEvent.type(screen.getByLabelText('Password'), password);
}

describe('RegisterPage', () => {
  it('says that registration is closed, and has no form then', async () => {
    render(<RegisterPage />, { answers: { 'GET /api/v1/auth/registration': { open: false, password_chars_min: 10 } } });
    expect(await screen.findByText('Registration is closed here')).toBeVisible();
    expect(screen.queryByLabelText('Password')).not.toBeInTheDocument();
  });

  it('puts a refusal beside the field that it is about', async () => {
    const taken = () => refusal(409, 'email_taken', 'somebody has registered with this address', 'email');
    render(<RegisterPage />, { answers: { ...OPEN, 'POST /api/v1/auth/register': taken } });
    await fillIn();
    await userEvent.click(screen.getByRole('button', { name: 'Create an account' }));
    expect(await screen.findByText('Somebody has registered with this address.')).toBeVisible();
    expect(screen.getByLabelText('E-mail address')).toHaveAttribute('aria-invalid', 'true');
  });

  it('tells how hard the password is to guess, and sends none that is too short', async () => {
    const { asked } = render(<RegisterPage />, { answers: OPEN });
    await fillIn('short');
    expect(screen.getByText('Easy to guess')).toBeVisible();
    await userEvent.click(screen.getByRole('button', { name: 'Create an account' }));
    expect(await screen.findByText('At least 10 characters')).toBeVisible();
    expect(asked).not.toContain('POST /api/v1/auth/register');
  });

  it('logs in at once and goes where its visitor wanted to', async () => {
    const answers = { ...OPEN, 'POST /api/v1/auth/register': {}, 'POST /api/v1/auth/login': {} };
    const { router } = render(<RegisterPage />, { path: '/register?next=%2Fbilling', answers });
    await fillIn();
    await userEvent.click(screen.getByRole('button', { name: 'Create an account' }));
    await expect.poll(() => router.state.location.pathname).toBe('/billing');
  });
});
