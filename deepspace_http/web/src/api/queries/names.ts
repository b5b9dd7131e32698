/** What people call the things whose ids stand in the admin web's lists. */
import { useQuery } from '@tanstack/react-query';
import { api, unwrap } from '../client';

const NAMED_MAX = 200;
const BATCH_MS = 20;
const NAMED_NOUNS = /^(org|user|proj|key)_[0-9a-f]{32}$/;

/** Ids that were asked for in the same moment travel in one request. */
let waiting: Map<string, (name: string | null) => void> | null = null;

function nameOf(id: string): Promise<string | null> {
  return new Promise((resolve) => {
    if (waiting === null) {
      waiting = new Map();
      setTimeout(askForAll, BATCH_MS);
    }
    waiting.set(id, resolve);
  });
}

async function askForAll(): Promise<void> {
  const asked = [...(waiting ?? [])];
  waiting = null;
  for (let first = 0; first < asked.length; first += NAMED_MAX) await ask(asked.slice(first, first + NAMED_MAX));
}

async function ask(asked: [string, (name: string | null) => void][]): Promise<void> {
  const id = asked.map(([one]) => one);
  // A name that can't be had is no reason to break a list: the id stands there anyway.
  const { names } = await unwrap(api.GET('/api/v1/admin/names', { params: { query: { id } } })).catch(() => ({
    names: {} as Record<string, string>,
  }));
  for (const [one, resolve] of asked) resolve(names[one] ?? null);
}

/** The name of an organization, user, project or API key; null while nobody knows it. */
export function useName(id: string | null | undefined): string | null {
  const { data } = useQuery({
    queryKey: ['name', id],
    queryFn: () => nameOf(id as string),
    enabled: Boolean(id && NAMED_NOUNS.test(id)),
    staleTime: 300_000,
  });
  return data ?? null;
}
