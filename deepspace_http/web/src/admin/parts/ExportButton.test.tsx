import { act, screen, waitFor } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { beforeEach, expect, it, vi } from 'vitest';
import { render } from '@/testing/render';
import { ExportButton } from './ExportButton';

const JOB = `job_${'2'.repeat(32)}`;
const EXPORT = `export_${'3'.repeat(32)}`;
const ORG = `org_${'1'.repeat(32)}`;

/** Stands where the browser's EventSource does, which jsdom lacks. */
class Feed extends EventTarget {
  static last: Feed | null = null;
  isClosed = false;

  constructor(readonly url: string) {
    super();
    Feed.last = this;
  }

  tell(job: object) {
    act(() => {
      this.dispatchEvent(new MessageEvent('job', { data: JSON.stringify(job) }));
    });
  }

  close() {
    this.isClosed = true;
  }
}

const progress = { done: 0, total: null, percent: null, note: null };

beforeEach(() => {
  vi.stubGlobal('EventSource', Feed);
});

it('exports what is filtered, follows the job and gives the file', async () => {
  let sent: Record<string, unknown> = {};
  render(<ExportButton kind="usage" filters={{ org_id: ORG, model: 'small', from: '2026-11-01T00:00:00Z' }} />, {
    answers: {
      'POST /api/v1/admin/exports': async (request: Request) => {
        sent = (await request.json()) as Record<string, unknown>;
        return Response.json({ id: EXPORT, job_id: JOB }, { status: 202 });
      },
      [`GET /api/v1/exports/${EXPORT}`]: { id: EXPORT, ready: true, file_name: 'usage.csv' },
    },
  });
  await userEvent.click(screen.getByRole('button', { name: /Export/ }));
  await userEvent.click(screen.getByRole('button', { name: 'Start the export' }));
  await waitFor(() => expect(Feed.last?.url).toBe(`/api/v1/admin/jobs/${JOB}/events`));
  expect(sent).toMatchObject({
    kind: 'usage',
    format: 'csv',
    org_id: ORG,
    since: '2026-11-01T00:00:00Z',
    until: null,
    matching: { model: 'small' },
  });
  Feed.last?.tell({ state: 'running', revision: 1, error: null, progress: { ...progress, done: 5000 } });
  expect(await screen.findByText(/5,000 done/)).toBeVisible();
  Feed.last?.tell({ state: 'succeeded', revision: 2, error: null, progress });
  expect(await screen.findByText('Ready: usage.csv')).toBeVisible();
  expect(screen.getByRole('link', { name: /Download/ })).toHaveAttribute('href', `/api/v1/exports/${EXPORT}/content`);
  expect(Feed.last?.isClosed).toBe(true);
});

it('gives the rules of the platform their own name', async () => {
  let sent: Record<string, unknown> = {};
  render(<ExportButton kind="limits" filters={{}} matching={() => ({ whose: 'platform' })} />, {
    answers: {
      'POST /api/v1/admin/exports': async (request: Request) => {
        sent = (await request.json()) as Record<string, unknown>;
        return Response.json({ id: EXPORT, job_id: JOB }, { status: 202 });
      },
    },
  });
  await userEvent.click(screen.getByRole('button', { name: /Export/ }));
  await userEvent.click(screen.getByRole('button', { name: 'Start the export' }));
  await waitFor(() => expect(sent).toMatchObject({ kind: 'limits', matching: { whose: 'platform' }, org_id: null }));
});

it('tells why an export failed', async () => {
  render(<ExportButton kind="jobs" filters={{}} />, {
    answers: { 'POST /api/v1/admin/exports': { id: EXPORT, job_id: JOB } },
  });
  await userEvent.click(screen.getByRole('button', { name: /Export/ }));
  await userEvent.click(screen.getByRole('button', { name: 'Start the export' }));
  await waitFor(() => expect(Feed.last?.isClosed).toBe(false));
  Feed.last?.tell({
    state: 'dead',
    revision: 3,
    error: { code: 'unavailable', message: 'the store is full' },
    progress,
  });
  expect(await screen.findByText(/the store is full/)).toBeVisible();
  expect(screen.queryByRole('link', { name: /Download/ })).toBeNull();
});
