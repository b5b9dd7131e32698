import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { render } from '@/testing/render';
import { Component as SealsSection } from './SealsSection';

const EVENTS = 'GET /api/v1/admin/audit/events';
const checked = (payload: object) => ({
  data: [{ at: '2026-11-29T02:25:00Z', payload: { chains: 2, seals: 5, rows: 1200, ...payload } }],
  next_cursor: null,
});

it('tells that the trail is as it was sealed, and of how much', async () => {
  render(<SealsSection />, { answers: { [EVENTS]: checked({ sound: true, findings: 0, first_findings: [] }) } });
  expect(await screen.findByText('As it was sealed')).toBeVisible();
  expect(screen.getByText('1,200 events under 5 seals in 2 chains')).toBeVisible();
});

it('tells which seal of whom does not match, and how', async () => {
  const fault = { org_id: null, seq: 3, kind: 'rows_changed', message: 'an event under seal 3 was changed or moved' };
  render(<SealsSection />, { answers: { [EVENTS]: checked({ sound: false, findings: 1, first_findings: [fault] }) } });
  expect(await screen.findByText('1 fault')).toBeVisible();
  expect(screen.getByText('An event was changed or moved')).toBeVisible();
  expect(screen.getByText('No organization')).toBeVisible();
});

it('starts a check', async () => {
  const started: string[] = [];
  render(<SealsSection />, {
    answers: {
      [EVENTS]: { data: [], next_cursor: null },
      'POST /api/v1/admin/schedules/audit.verify/run': (request: Request) => {
        started.push(new URL(request.url).pathname);
        return Response.json({ id: 'job_1', state: 'queued' });
      },
    },
  });
  expect(await screen.findByText('Never checked')).toBeVisible();
  await userEvent.click(screen.getByRole('button', { name: 'Check now' }));
  await expect.poll(() => started).toEqual(['/api/v1/admin/schedules/audit.verify/run']);
});
