/** Usage over time, and what it is made of. What is looked at stands in the address. */
import { Flex, Segmented, Select } from 'antd';
import { useMemo } from 'react';
import { useSearchParams } from 'react-router';
import { useApiKeyNames } from '@/api/queries/apiKeys';
import { type Span, useUsageBreakdown, useWallet } from '@/api/queries/billing';
import { useProjects } from '@/api/queries/places';
import type { Dimension } from '@/api/schema';
import { useTimeZone } from '@/components/DateTime';
import { EmptyState } from '@/components/EmptyState';
import { ErrorNotice } from '@/components/ErrorNotice';
import { Section } from '@/components/Section';
import { usePlaceName } from '@/components/usePlaceName';
import { billing } from '@/i18n/billing';
import { useTexts } from '@/i18n/i18n';
import { BreakdownList, BreakdownTotal } from './Breakdown';
import { ExportButton } from './ExportButton';
import { lastDays, thisMonth } from './spans';
import { type Measure, UsageChart } from './UsageChart';

const RANGES = ['7', '30', '90', 'month'] as const;
const GROUPS = ['model', 'project', 'key'] as const;
const MEASURES = ['cost', 'requests', 'tokens'] as const;
const DAY_MS = 86_400_000;

export function UsageTab() {
  const t = useTexts(billing);
  const zone = useTimeZone();
  const { range, group, measure, choose } = useChoice();
  const span = useMemo(() => (range === 'month' ? thisMonth(zone) : lastDays(Number(range), zone)), [range, zone]);
  const { data: wallet } = useWallet();
  const { data: breakdown, error, refetch } = useUsageBreakdown(span, group);
  const nameOf = useNames(group);
  const label = t('byDay', { measure: t(`measures.${measure}`) });
  return (
    <Flex vertical gap={16}>
      <Flex wrap gap={12}>
        <Segmented
          aria-label={t('range')}
          value={range}
          onChange={(value) => choose('range', value)}
          options={RANGES.map((value) => ({
            value,
            label: value === 'month' ? t('thisMonth') : t('lastDays', { count: Number(value) }),
          }))}
        />
        <Select
          aria-label={t('groupBy')}
          value={group}
          onChange={(value) => choose('group', value)}
          options={GROUPS.map((value) => ({ value, label: `${t('groupBy')}: ${t(`groups.${value}`)}` }))}
        />
        <Segmented
          aria-label={t('measure')}
          value={measure}
          onChange={(value) => choose('measure', value)}
          options={MEASURES.map((value) => ({ value, label: t(`measures.${value}`) }))}
        />
        <ExportButton wanted={{ kind: 'usage', since: span.from, until: span.to }} />
      </Flex>
      {error && <ErrorNotice error={error} onRetry={() => refetch()} />}
      {breakdown?.totals.length === 0 ? (
        <EmptyState title={t('nothingUsed')} hint={t('nothingUsedHint')} />
      ) : (
        <>
          {breakdown && <BreakdownTotal breakdown={breakdown} days={lengthOf(span)} />}
          <Section title={label} isTitleShown={false}>
            <UsageChart
              label={label}
              span={span}
              currency={wallet?.currency ?? 'USD'}
              measure={measure}
              groupBy={group}
              nameOf={nameOf}
              height={280}
            />
          </Section>
          {breakdown && (
            <Section title={t('madeOf')}>
              <BreakdownList label={t('madeOf')} breakdown={breakdown} nameOf={nameOf} />
            </Section>
          )}
        </>
      )}
    </Flex>
  );
}

interface Choice {
  range: (typeof RANGES)[number];
  group: (typeof GROUPS)[number];
  measure: Measure;
  choose: (name: string, value: string) => void;
}

function useChoice(): Choice {
  const [params, setParams] = useSearchParams();
  const choose = (name: string, value: string) =>
    setParams(
      (now) => {
        now.set(name, value);
        return now;
      },
      { replace: true },
    );
  return {
    range: oneOf(RANGES, params.get('range')) ?? '30',
    group: oneOf(GROUPS, params.get('group')) ?? 'model',
    measure: oneOf(MEASURES, params.get('measure')) ?? 'cost',
    choose,
  };
}

function oneOf<T extends string>(known: readonly T[], wanted: string | null): T | undefined {
  return known.find((one) => one === wanted);
}

/** Ids become names; what nobody here has a name for is told as what it is. */
export function useNames(group: Dimension): (value: string | null) => string {
  const t = useTexts(billing);
  const placeName = usePlaceName();
  const { data: projects } = useProjects(true);
  const { data: keys } = useApiKeyNames(group === 'key');
  return useMemo(() => {
    const named = new Map([
      ...(projects ?? []).map((one) => [one.id, placeName(one)] as const),
      ...(keys ?? []).map(({ id, name }) => [id, name] as const),
    ]);
    const absent = { project: t('noProject'), key: t('noKey') };
    const unknown = { project: null, key: t('otherKey') };
    if (group !== 'project' && group !== 'key') return (value: string | null) => value ?? '–';
    return (value: string | null) => (value === null ? absent[group] : (named.get(value) ?? unknown[group] ?? value));
  }, [group, projects, keys, placeName, t]);
}

function lengthOf({ from, to }: Span): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS);
}
