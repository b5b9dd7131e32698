/** From what the form of a new key holds to what the gateway is asked for. */
import type { Dayjs } from 'dayjs';
import type { CreateApiKeyBody, Permission } from '@/api/schema';

export interface NewKeyFields {
  name: string;
  project_id?: string;
  scopes: Permission[];
  model_allow_list?: string[];
  expiry: Expiry;
  day?: Dayjs;
  requests?: number | null;
  tokens?: number | null;
  concurrency?: number | null;
}

export const EXPIRY_DAYS = { never: null, d7: 7, d30: 30, d90: 90, d365: 365, date: null } as const;
export type Expiry = keyof typeof EXPIRY_DAYS;

const DAY_MS = 86_400_000;
const MINUTE_SECONDS = 60;
const DAY_SECONDS = 86_400;
/** A slot that nobody gives back (a gateway that died) is free again after this; longer than any stream. */
const SLOT_SECONDS = 3_600;

export function bodyOf(fields: NewKeyFields, now = Date.now()): CreateApiKeyBody {
  const { name, project_id, scopes, model_allow_list } = fields;
  return {
    name,
    scopes,
    ...(project_id && { project_id }),
    ...(model_allow_list?.length && { model_allow_list }),
    expires_at: expiryOf(fields, now),
    limits: limitsOf(fields),
  };
}

function expiryOf({ expiry, day }: NewKeyFields, now: number): string | null {
  if (expiry === 'date') return day ? day.endOf('day').toISOString() : null;
  const days = EXPIRY_DAYS[expiry];
  return days === null ? null : new Date(now + days * DAY_MS).toISOString();
}

function limitsOf({ requests, tokens, concurrency }: NewKeyFields): NonNullable<CreateApiKeyBody['limits']> {
  const wanted = [
    { metric: 'requests' as const, window_seconds: MINUTE_SECONDS, cap: requests },
    { metric: 'tokens' as const, window_seconds: DAY_SECONDS, cap: tokens },
    { metric: 'concurrency' as const, window_seconds: SLOT_SECONDS, cap: concurrency },
  ];
  return wanted.flatMap(({ cap, ...terms }) => (cap == null ? [] : [{ ...terms, cap }]));
}
