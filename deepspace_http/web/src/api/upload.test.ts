import { expect, it, vi } from 'vitest';
import { ApiError, NetworkError } from './errors';
import { upload } from './upload';

/** A request that the test answers. */
class Sent {
  static all: Sent[] = [];
  headers: Record<string, string> = {};
  upload: { onprogress?: (event: { loaded: number; total: number }) => void } = {};
  onload?: () => void;
  onerror?: () => void;
  onabort?: () => void;
  status = 0;
  responseText = '';
  body: unknown;

  constructor() {
    Sent.all.push(this);
  }
  open() {}
  setRequestHeader(name: string, value: string) {
    this.headers[name] = value;
  }
  send(body: unknown) {
    this.body = body;
  }
  abort() {
    this.onabort?.();
  }
  getAllResponseHeaders() {
    return 'content-type: application/json\r\nretry-after: 7\r\n';
  }
  answer(status: number, body: unknown) {
    this.status = status;
    this.responseText = JSON.stringify(body);
    this.onload?.();
  }
}

function begin(file = new File(['0123456789'], 'a.csv', { type: 'text/csv' })) {
  Sent.all = [];
  vi.stubGlobal('XMLHttpRequest', Sent);
  const told: number[] = [];
  const cancelling = new AbortController();
  const onProgress = (percent: number) => told.push(percent);
  const whole = upload('/api/v1/projects/p/files', file, { onProgress, signal: cancelling.signal });
  return { whole, told, cancelling, file, sent: () => Sent.all.at(-1) as Sent };
}

it('tells how far it has got, and gives the answer', async () => {
  const { whole, told, file, sent } = begin();
  for (const loaded of [0, 3, 10]) sent().upload.onprogress?.({ loaded, total: 10 });
  sent().answer(201, { id: 'file_1' });
  expect(await (await whole).json()).toEqual({ id: 'file_1' });
  expect(told).toEqual([0, 30, 100]);
  expect(sent().body).toBe(file);
  expect(sent().headers['content-type']).toBe('text/csv');
});

it('stops when it is cancelled', async () => {
  const { whole, cancelling } = begin();
  cancelling.abort();
  await expect(whole).rejects.toBe(cancelling.signal.reason);
});

it('gives a refusal as everywhere', async () => {
  const { whole, sent } = begin();
  sent().answer(429, { error: { code: 'rate_limited', message: 'slow down' } });
  const fault = (await whole.catch((error: unknown) => error)) as ApiError;
  expect(fault).toBeInstanceOf(ApiError);
  expect([fault.status, fault.code, fault.retryAfterSeconds]).toEqual([429, 'rate_limited', 7]);
});

it('says so when nobody answers', async () => {
  const { whole, sent } = begin();
  sent().onerror?.();
  await expect(whole).rejects.toBeInstanceOf(NetworkError);
});

it('refreshes a session that is over, and sends the file again', async () => {
  vi.stubGlobal('fetch', async () => Response.json({}));
  const { whole, sent } = begin();
  sent().answer(401, { error: { code: 'unauthenticated' } });
  await vi.waitFor(() => expect(Sent.all).toHaveLength(2));
  sent().answer(201, { id: 'file_1' });
  expect((await whole).status).toBe(201);
});
