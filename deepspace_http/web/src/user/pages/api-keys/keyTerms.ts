/** From what the form of a key holds to what the gateway is asked for, and back. */
import type { Dayjs } from 'dayjs';
import type { ApiKeyBody, CreateApiKeyBody, KeyLimitBody, LimitBody, Permission, UpdateApiKeyBody } from '@/api/schema';

export interface KeyFields {
  name: string;
  scopes: Permission[];
  model_allow_list?: string[];
  expiry: Expiry;
  day?: Dayjs;
  requests?: number | null;
  tokens?: number | null;
  concurrency?: number | null;
}

export interface NewKeyFields extends KeyFields {
  project_id?: string;
}

const EXPIRY_DAYS = { never: null, d7: 7, d30: 30, d90: 90, d365: 365 } as const;
/** `same` is the end that the key has. */
export type Expiry = keyof typeof EXPIRY_DAYS | 'date' | 'same';
export const NEW_EXPIRIES = ['never', 'd7', 'd30', 'd90', 'd365', 'date'] as const satisfies readonly Expiry[];

const DAY_MS = 86_400_000;
const MINUTE_SECONDS = 60;
const DAY_SECONDS = 86_400;
/** A slot that nobody gives back (a gateway that died) is free again after this; longer than any stream. */
const SLOT_SECONDS = 3_600;

/** The limits that the form has a field for. */
const FORMED = {
  requests: { metric: 'requests', window_seconds: MINUTE_SECONDS },
  tokens: { metric: 'tokens', window_seconds: DAY_SECONDS },
  concurrency: { metric: 'concurrency', window_seconds: SLOT_SECONDS },
} as const;
type Formed = keyof typeof FORMED;

export function newKeyOf(fields: NewKeyFields, now = Date.now()): CreateApiKeyBody {
  const { name, project_id, scopes, model_allow_list } = fields;
  return {
    name,
    scopes,
    ...(project_id && { project_id }),
    ...(model_allow_list?.length && { model_allow_list }),
    expires_at: expiryOf(fields, null, now),
    limits: limitsOf(fields),
  };
}

/** `limits` are those that the key has, where they are known; null leaves them alone. */
export function changedKeyOf(
  fields: KeyFields,
  key: ApiKeyBody,
  limits: readonly LimitBody[] | null,
  now = Date.now(),
): UpdateApiKeyBody {
  const { name, scopes, model_allow_list } = fields;
  return {
    name,
    scopes,
    // A key that may call no model at all is not what an empty field means, but what the key was may stay.
    model_allow_list: model_allow_list?.length ? model_allow_list : key.model_allow_list?.length === 0 ? [] : null,
    expires_at: expiryOf(fields, key.expires_at, now),
    limits: limits && [...limitsOf(fields), ...unformed(limits)],
  };
}

export function fieldsOf(key: ApiKeyBody, limits: readonly LimitBody[]): KeyFields {
  const caps = (Object.keys(FORMED) as Formed[]).map((name) => [name, formed(limits, name)?.cap]);
  return {
    name: key.name,
    scopes: key.scopes,
    model_allow_list: key.model_allow_list ?? [],
    expiry: key.expires_at === null ? 'never' : 'same',
    ...Object.fromEntries(caps.filter(([, cap]) => cap !== undefined)),
  };
}

function expiryOf({ expiry, day }: KeyFields, same: string | null, now: number): string | null {
  if (expiry === 'same') return same;
  if (expiry === 'date') return day ? day.endOf('day').toISOString() : null;
  const days = EXPIRY_DAYS[expiry];
  return days === null ? null : new Date(now + days * DAY_MS).toISOString();
}

function limitsOf(fields: KeyFields): KeyLimitBody[] {
  return (Object.keys(FORMED) as Formed[]).flatMap((name) => {
    const cap = fields[name];
    return cap == null ? [] : [{ ...FORMED[name], cap }];
  });
}

function formed(limits: readonly LimitBody[], name: Formed): LimitBody | undefined {
  const { metric, window_seconds } = FORMED[name];
  return limits.find((one) => one.metric === metric && one.window_seconds === window_seconds);
}

/** Limits of other windows, which the command line can set: the form does not show them and does not lose them. */
function unformed(limits: readonly LimitBody[]): KeyLimitBody[] {
  const known = (Object.keys(FORMED) as Formed[]).map((name) => formed(limits, name));
  return limits
    .filter((one) => !known.includes(one))
    .map(({ metric, window_seconds, cap }) => ({ metric, window_seconds, cap }));
}
