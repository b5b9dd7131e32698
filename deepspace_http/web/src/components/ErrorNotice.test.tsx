import { act, fireEvent, screen } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { expect, it, vi } from 'vitest';
import { ApiError, NetworkError } from '@/api/errors';
import { chooseLanguage } from '@/i18n/i18n';
import { render } from '@/testing/render';
import { ErrorNotice } from './ErrorNotice';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const refused = new ApiError(402, 'the wallet does not cover the estimate', 'insufficient_quota', null, TRACE, null);

it("tells the gateway's words and the trace id", () => {
  render(<ErrorNotice error={refused} />);
  expect(screen.getByRole('alert')).toHaveTextContent('The wallet does not cover the estimate.');
  expect(screen.getByText(TRACE)).toBeVisible();
});

it('copies the trace id', async () => {
  const user = userEvent.setup();
  render(<ErrorNotice error={refused} />);
  await user.click(screen.getByRole('button', { name: 'Copy the trace id' }));
  expect(await navigator.clipboard.readText()).toBe(TRACE);
  expect(await screen.findByRole('button', { name: 'Copied' })).toBeVisible();
});

it("speaks Chinese, with the gateway's words below", () => {
  chooseLanguage('zh');
  render(<ErrorNotice error={refused} />);
  expect(screen.getByRole('alert')).toHaveTextContent('钱包余额不足');
  expect(screen.getByText('the wallet does not cover the estimate')).toHaveAttribute('lang', 'en');
});

it('counts down how long to wait, and only then lets one try again', () => {
  vi.useFakeTimers();
  const retry = vi.fn();
  render(<ErrorNotice error={new ApiError(429, 'too many', 'rate_limited', null, null, 30)} onRetry={retry} />);
  expect(screen.getByRole('alert')).toHaveTextContent('Try again in 30 s.');
  expect(screen.getByRole('button', { name: 'Try again' })).toBeDisabled();
  act(() => vi.advanceTimersByTime(12_000));
  expect(screen.getByRole('alert')).toHaveTextContent('Try again in 18 s.');
  act(() => vi.advanceTimersByTime(18_000));
  expect(screen.getByRole('alert')).toHaveTextContent('You can try again now.');
  fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
  expect(retry).toHaveBeenCalledOnce();
  vi.useRealTimers();
});

it('offers to try again when nothing answered', async () => {
  const retry = vi.fn();
  render(<ErrorNotice error={new NetworkError('away')} onRetry={retry} />);
  expect(screen.getByRole('alert')).toHaveTextContent('The gateway does not answer.');
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
  expect(retry).toHaveBeenCalledOnce();
});
