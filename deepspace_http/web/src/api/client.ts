/**
 * The typed client of our own gateway: paths, parameters and bodies are those of the OpenAPI document.
 *
 * `unwrap(api.GET('/api/v1/projects', …))` gives the answer's body or throws ApiError or NetworkError. The organization
 * and the project that the person works in travel as headers with every request.
 */
import createClient, { type Middleware } from 'openapi-fetch';
import { placeHeaders } from '@/stores/place';
import { errorFrom, NetworkError } from './errors';
import type { paths } from './schema';
import { sessionFetch } from './session';

const inPlace: Middleware = {
  onRequest({ request }) {
    for (const [name, value] of Object.entries(placeHeaders(new URL(request.url).pathname))) {
      if (!request.headers.has(name)) request.headers.set(name, value);
    }
    return request;
  },
  async onResponse({ response }) {
    if (!response.ok) throw await errorFrom(response);
  },
  onError({ error }) {
    if (error instanceof DOMException && error.name === 'AbortError') return error;
    return new NetworkError('the gateway did not answer', { cause: error });
  },
};

/** Every route of the gateway, typed. */
export const api = createClient<paths>({ baseUrl: window.location.origin, fetch: sessionFetch });
api.use(inPlace);

/** The body of an answer; a refusal has been thrown by then. */
export async function unwrap<Data>(asked: Promise<{ data?: Data; response: Response }>): Promise<NonNullable<Data>> {
  const { data } = await asked;
  return (data ?? {}) as NonNullable<Data>;
}

/** For what the typed client can't do (streams, downloads): fetch with the session, the place and the same errors. */
export async function apiFetch(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  for (const [name, value] of Object.entries(placeHeaders(path))) {
    if (!headers.has(name)) headers.set(name, value);
  }
  const response = await sessionFetch(new URL(path, window.location.origin), { ...init, headers }).catch(
    (fault: unknown) => {
      if (init.signal?.aborted) throw fault;
      throw new NetworkError('the gateway did not answer', { cause: fault });
    },
  );
  if (!response.ok) throw await errorFrom(response);
  return response;
}
