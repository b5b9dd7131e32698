/** Renders a component in what every page stands in, with answers of the gateway that the test gives. */
import { QueryClient } from '@tanstack/react-query';
import { render as renderBare } from '@testing-library/react';
import type { ReactNode } from 'react';
import { createMemoryRouter, RouterProvider } from 'react-router';
import { vi } from 'vitest';
import { Root } from '@/shell/Root';

/** From "GET /api/v1/me" to the answer: a body, or what makes a response of the request. */
export type Answers = Record<string, unknown | ((request: Request) => Response | Promise<Response>)>;

export interface Rendered extends ReturnType<typeof renderBare> {
  /** The address bar. */
  router: ReturnType<typeof createMemoryRouter>;
  /** What was asked for, in order: "GET /api/v1/me?limit=20". */
  asked: string[];
}

export function render(
  element: ReactNode,
  { path = '/', answers = {} }: { path?: string; answers?: Answers } = {},
): Rendered {
  const asked = answerWith(answers);
  const client = new QueryClient({ defaultOptions: { queries: { retry: false }, mutations: { retry: false } } });
  const router = createMemoryRouter([{ path: '*', element }], { initialEntries: [path] });
  const rendered = renderBare(
    <Root client={client} isUnstyled>
      <RouterProvider router={router} />
    </Root>,
  );
  return { ...rendered, router, asked };
}

/** An error in the gateway's own shape. */
export function refusal(status: number, code: string, message: string, param: string | null = null): Response {
  const error = { message, type: 'invalid_request_error', code, param, trace_id: '4bf92f3577b34da6a3ce929d0e0e4736' };
  return Response.json({ error }, { status });
}

function answerWith(answers: Answers): string[] {
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (input: RequestInfo | URL, init?: RequestInit) => {
    const request = new Request(
      input instanceof Request ? input : new URL(String(input), window.location.origin),
      init,
    );
    const { pathname, search } = new URL(request.url);
    asked.push(`${request.method} ${pathname}${search}`);
    const answer = answers[`${request.method} ${pathname}`];
    if (typeof answer === 'function') return (answer as (asked: Request) => Response)(request);
    return answer === undefined ? refusal(401, 'unauthenticated', 'send an access token') : Response.json(answer);
  });
  return asked;
}
