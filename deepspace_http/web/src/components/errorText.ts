/** From an error to words: what happened, in the language of the page, and what the gateway said of it. */
import { ApiError, NetworkError } from '@/api/errors';
import type { Key } from '@/i18n/define';
import { errors } from '@/i18n/errors';
import { type Language, language, type Translate } from '@/i18n/i18n';

type ErrorKey = Key<typeof errors.en>;

const BY_STATUS: Record<number, ErrorKey> = {
  401: 'kinds.unauthenticated',
  402: 'kinds.insufficient_quota',
  403: 'kinds.forbidden',
  404: 'kinds.not_found',
  409: 'kinds.conflict',
  410: 'kinds.not_found',
  413: 'kinds.too_large',
  429: 'kinds.rate_limited',
};

export interface ErrorText {
  /** What happened, as a sentence. */
  what: string;
  /** The gateway's own words, where they say more; always English. */
  detail: string | null;
  traceId: string | null;
  /** How long the gateway asks to wait before the next try. */
  waitSeconds: number | null;
}

/** On one line, for where no more fits. */
export function errorLine(error: unknown, t: Translate<typeof errors.en>): string {
  const { what, waitSeconds } = errorText(error, t);
  return waitSeconds === null ? what : `${what} ${t('retryIn', { seconds: waitSeconds })}`;
}

/** English pages tell the gateway's words, which are the most exact; Chinese ones ours, with those below. */
export function errorText(error: unknown, t: Translate<typeof errors.en>, now: Language = language()): ErrorText {
  if (error instanceof NetworkError) return { what: t('network'), detail: null, traceId: null, waitSeconds: null };
  if (!(error instanceof ApiError)) {
    const detail = error instanceof Error ? error.message : null;
    return { what: t('kinds.internal'), detail, traceId: null, waitSeconds: null };
  }
  const ours = t(keyOf(error));
  const isTold = now === 'en' && error.status < 500;
  return {
    what: isTold ? sentence(error.message) : ours,
    detail: isTold ? null : error.message,
    traceId: error.traceId,
    waitSeconds: error.retryAfterSeconds || null,
  };
}

/** What a refusal of somebody's call was about, as a sentence. */
export function codeWords(code: string, status: number, t: Translate<typeof errors.en>): string {
  return t(keyOf({ code, status }));
}

function keyOf({ code, status }: Pick<ApiError, 'code' | 'status'>): ErrorKey {
  if (code in errors.en.codes) return `codes.${code as keyof typeof errors.en.codes}`;
  return BY_STATUS[status] ?? (status >= 502 ? 'kinds.unavailable' : byRange(status));
}

function byRange(status: number): ErrorKey {
  return status >= 500 ? 'kinds.internal' : 'kinds.invalid';
}

function sentence(message: string): string {
  const whole = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?。]$/.test(whole) ? whole : `${whole}.`;
}
