/** The one cache of what the server owns, and when asking again makes sense. */
import { QueryClient } from '@tanstack/react-query';
import { ApiError } from './errors';

const RETRIES_MAX = 2;
const STALE_MS = 15_000;

export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: { staleTime: STALE_MS, retry: shouldRetry, refetchOnWindowFocus: true },
      // While the network is away, what somebody did is told to have failed, not put aside for whenever it is back.
      mutations: { retry: false, networkMode: 'always' },
    },
  });
}

/** A refusal stays one however often it is asked; a gateway that is away or busy may be back. */
function shouldRetry(failures: number, error: Error): boolean {
  const isFinal = error instanceof ApiError && error.status < 500;
  return !isFinal && failures < RETRIES_MAX;
}
