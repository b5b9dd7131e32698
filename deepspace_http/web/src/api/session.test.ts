import { beforeEach, expect, it, vi } from 'vitest';
import { onSessionEnd, sessionFetch } from './session';

const URL_ = 'http://localhost:3000/api/v1/keys';
let asked: string[];

function gateway(answers: Record<string, number[]>) {
  asked = [];
  vi.stubGlobal('fetch', async (input: RequestInfo | URL, init?: RequestInit) => {
    const url = new URL(input instanceof Request ? input.url : String(input), 'http://localhost:3000');
    asked.push(`${init?.method ?? (input as Request).method} ${url.pathname}`);
    const status = answers[url.pathname]?.shift() ?? 200;
    return new Response('{}', { status });
  });
}

beforeEach(() => localStorage.clear());

it('passes on what needs no refresh', async () => {
  gateway({});
  expect((await sessionFetch(URL_)).status).toBe(200);
  expect(asked).toEqual(['GET /api/v1/keys']);
});

it('refreshes once and asks again when the access token has expired', async () => {
  gateway({ '/api/v1/keys': [401, 200] });
  expect((await sessionFetch(URL_)).status).toBe(200);
  expect(asked).toEqual(['GET /api/v1/keys', 'POST /api/v1/auth/refresh', 'GET /api/v1/keys']);
});

it('sends the body again, too', async () => {
  const bodies: string[] = [];
  let isFirst = true;
  vi.stubGlobal('fetch', async (input: RequestInfo | URL) => {
    if (!(input instanceof Request)) return new Response('{}');
    bodies.push(await input.text());
    const status = isFirst ? 401 : 200;
    isFirst = false;
    return new Response('{}', { status });
  });
  await sessionFetch(URL_, { method: 'POST', body: '{"name":"ci"}' });
  expect(bodies).toEqual(['{"name":"ci"}', '{"name":"ci"}']);
});

it('lets requests that expired together share one refresh', async () => {
  gateway({ '/api/v1/keys': [401, 401, 401] });
  await Promise.all([sessionFetch(URL_), sessionFetch(URL_), sessionFetch(URL_)]);
  expect(asked.filter((one) => one.endsWith('/refresh'))).toHaveLength(1);
});

it('does not refresh again when another tab just did', async () => {
  gateway({ '/api/v1/keys': [401, 200] });
  localStorage.setItem('deepspace.refreshed-at', String(Date.now() + 1_000));
  expect((await sessionFetch(URL_)).status).toBe(200);
  expect(asked).toEqual(['GET /api/v1/keys', 'GET /api/v1/keys']);
});

it('tells that the session is over when the refresh is refused', async () => {
  gateway({ '/api/v1/keys': [401], '/api/v1/auth/refresh': [401] });
  const tell = vi.fn();
  const stop = onSessionEnd(tell);
  expect((await sessionFetch(URL_)).status).toBe(401);
  stop();
  expect(tell).toHaveBeenCalledOnce();
});

it('takes a wrong password for what it is', async () => {
  gateway({ '/api/v1/auth/login': [401] });
  expect((await sessionFetch('http://localhost:3000/api/v1/auth/login', { method: 'POST' })).status).toBe(401);
  expect(asked).toEqual(['POST /api/v1/auth/login']);
});
