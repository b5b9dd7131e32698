/** The figures of the period, each beside what it was in the period before. */
import type { FiguresBody, OverviewBody } from '@/api/schema';
import { adminDashboard } from '@/i18n/adminDashboard';
import { type Language, type Translate, useLanguage, useTexts } from '@/i18n/i18n';
import { share, shortCount, shortLatency, shortMoney } from '../../parts/short';
import { type Tile, Tiles } from '../../parts/Tiles';

type T = Translate<typeof adminDashboard.en>;

interface Props {
  overview: OverviewBody | undefined;
  error: unknown;
  onRetry: () => void;
}

export function FigureTiles({ overview, error, onRetry }: Props) {
  const t = useTexts(adminDashboard);
  const language = useLanguage();
  const tiles = overview
    ? tilesOf(overview, t, language)
    : PLACEHOLDERS.map((name) => ({ label: t(name), value: null }));
  return (
    <Tiles
      label={t('figures')}
      tiles={tiles}
      isLoading={!overview && !error}
      error={overview ? undefined : error}
      onRetry={onRetry}
    />
  );
}

const PLACEHOLDERS = ['requests', 'failed', 'calls', 'tokens', 'revenue', 'margin', 'latency', 'active'] as const;

function tilesOf({ now, before, active }: OverviewBody, t: T, language: Language): Tile[] {
  const count = (value: number) => shortCount(value, language);
  const changed = (is: number, was: number, written: string) => changeOf(is, was, written, t, language);
  return [
    {
      label: t('requests'),
      value: count(now.requests),
      note: `${changed(now.requests, before.requests, count(before.requests))} · ${t('requestsNote', { refused: count(now.refused) })}`,
    },
    {
      label: t('failed'),
      value: share(now.failed_permille, language),
      note: `${t('failedNote', { count: now.failed })} · ${t('before', { value: share(before.failed_permille, language) })}`,
      isBad: (now.failed_permille ?? 0) >= 50,
    },
    { label: t('calls'), value: count(now.calls), note: changed(now.calls, before.calls, count(before.calls)) },
    {
      label: t('tokens'),
      value: count(tokensOf(now)),
      note: changed(tokensOf(now), tokensOf(before), count(tokensOf(before))),
    },
    ...moneyTiles(now, before, t, language),
    {
      label: t('latency'),
      value: shortLatency(now.answer.p95_ms, language),
      note: `${t('latencyNote', { value: shortLatency(now.answer.p50_ms, language) })} · ${t('before', { value: shortLatency(before.answer.p95_ms, language) })}`,
    },
    {
      label: t('firstToken'),
      value: shortLatency(now.first_token.p95_ms, language),
      note: `${t('latencyNote', { value: shortLatency(now.first_token.p50_ms, language) })} · ${t('before', { value: shortLatency(before.first_token.p95_ms, language) })}`,
    },
    {
      label: t('active'),
      value: t('activeValue', { users: active.users }),
      note: t('activeNote', { orgs: active.organizations, keys: active.keys }),
    },
  ];
}

/** Revenue, cost and margin of each currency: they are never added up. */
function moneyTiles(now: FiguresBody, before: FiguresBody, t: T, language: Language): Tile[] {
  return now.earnings.flatMap((one) => {
    const { currency, price, cost, margin } = one;
    const was = before.earnings.find((other) => other.currency === currency);
    const wasPrice = was?.price.nanos ?? 0;
    const suffix = now.earnings.length > 1 ? ` (${currency})` : '';
    const money = (nanos: number) => shortMoney(nanos, currency, language);
    return [
      {
        label: t('revenue') + suffix,
        value: <span title={`${price.decimal} ${currency}`}>{money(price.nanos)}</span>,
        note: changeOf(price.nanos, wasPrice, money(wasPrice), t, language),
      },
      {
        label: t('cost') + suffix,
        value: cost ? <span title={`${cost.decimal} ${currency}`}>{money(cost.nanos)}</span> : t('unknown'),
        note: was?.cost ? changeOf(cost?.nanos ?? 0, was.cost.nanos, money(was.cost.nanos), t, language) : undefined,
      },
      {
        label: t('margin') + suffix,
        value: margin ? <span title={`${margin.decimal} ${currency}`}>{money(margin.nanos)}</span> : t('unknown'),
        note: t('marginNote', {
          share: share(one.margin_permille, language),
          costed: one.costed_calls,
          calls: one.calls,
        }),
        isBad: (margin?.nanos ?? 0) < 0,
      },
    ];
  });
}

function tokensOf(figures: FiguresBody): number {
  return figures.input_tokens + figures.output_tokens;
}

/** In words, not by an arrow's colour: more is good of revenue and bad of errors. */
function changeOf(now: number, before: number, written: string, t: T, language: Language): string {
  if (now === before) return t('change.same', { value: written });
  if (before === 0) return t('before', { value: written });
  const permille = Math.round((Math.abs(now - before) / before) * 1000);
  return t(now > before ? 'change.up' : 'change.down', { share: share(permille, language), value: written });
}
