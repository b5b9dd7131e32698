/**
 * The browser's session: two HttpOnly cookies that no script can read. The access cookie lives for minutes; a request
 * that finds it expired is answered 401, refreshes once and goes again.
 *
 * A refresh token works once, and a second use ends the session. So tabs take turns by a lock that they share, and one
 * that waited looks first whether another has refreshed meanwhile.
 */
const REFRESH_URL = '/api/v1/auth/refresh';
const LOCK = 'deepspace-session';
const REFRESHED_AT = 'deepspace.refreshed-at';

let running: Promise<boolean> | null = null;
const endings = new Set<() => void>();

/** Calls back when the session turns out to be over. Returns how to stop that. */
export function onSessionEnd(tell: () => void): () => void {
  endings.add(tell);
  return () => endings.delete(tell);
}

/** Like fetch, for paths of our own gateway: refreshes the session where that is what was missing. */
export async function sessionFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init);
  if (isAuthentication(request.url)) return fetch(request);
  const again = request.clone();
  let isFirst = true;
  return inSession(() => {
    const now = isFirst ? request : again;
    isFirst = false;
    return fetch(now);
  });
}

/** Sends, and sends once more after a refresh where the session was what was missing. */
export async function inSession(send: () => Promise<Response>): Promise<Response> {
  const sentAt = Date.now();
  const response = await send();
  if (response.status !== 401) return response;
  if (await refresh(sentAt)) return send();
  for (const tell of endings) tell();
  return response;
}

/** The routes whose 401 is an answer of its own: a wrong password needs no new token. */
function isAuthentication(url: string): boolean {
  const { pathname } = new URL(url);
  return ['login', 'register', 'refresh', 'password'].some((name) => pathname === `/api/v1/auth/${name}`);
}

function refresh(since: number): Promise<boolean> {
  running ??= inTurn(() => refreshUnlessDone(since)).finally(() => {
    running = null;
  });
  return running;
}

function inTurn(work: () => Promise<boolean>): Promise<boolean> {
  // Locks are there in secure contexts only: https, or this very machine.
  return navigator.locks ? navigator.locks.request(LOCK, work) : work();
}

async function refreshUnlessDone(since: number): Promise<boolean> {
  if (Number(localStorage.getItem(REFRESHED_AT) ?? 0) > since) return true;
  const response = await fetch(REFRESH_URL, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  }).catch(() => null);
  if (!response?.ok) return false;
  localStorage.setItem(REFRESHED_AT, String(Date.now()));
  return true;
}
