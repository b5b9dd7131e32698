/** What a project has cost lately: by day, by model, by key. */
import { Col, Flex, Row, Segmented } from 'antd';
import { useMemo, useState } from 'react';
import { useApiKeyNames } from '@/api/queries/apiKeys';
import { useUsageBreakdown, useWallet } from '@/api/queries/billing';
import type { ProjectBody } from '@/api/schema';
import { useTimeZone } from '@/components/DateTime';
import { EmptyState } from '@/components/EmptyState';
import { ErrorNotice } from '@/components/ErrorNotice';
import { Section } from '@/components/Section';
import { useTexts } from '@/i18n/i18n';
import { places } from '@/i18n/places';
import { BreakdownList, BreakdownTotal } from '../billing/Breakdown';
import { lastDays } from '../billing/spans';
import { UsageChart } from '../billing/UsageChart';

const DAYS = [7, 30, 90];

export function ProjectOverview({ project }: { project: ProjectBody }) {
  const t = useTexts(places);
  const zone = useTimeZone();
  const [days, setDays] = useState(30);
  const span = useMemo(() => lastDays(days, zone), [days, zone]);
  const filter = { project_id: project.id };
  const { data: wallet } = useWallet();
  const { data: models, error, refetch } = useUsageBreakdown(span, 'model', filter);
  const { data: keys } = useUsageBreakdown(span, 'key', filter);
  const { data: names = [] } = useApiKeyNames();
  const keyName = (id: string | null) => (id === null ? t('noKey') : (names.find((key) => key.id === id)?.name ?? id));
  const currency = wallet?.currency ?? 'USD';
  if (error) return <ErrorNotice error={error} onRetry={() => refetch()} />;
  return (
    <Flex vertical gap={16}>
      <Segmented<number>
        aria-label={t('created')}
        value={days}
        onChange={setDays}
        options={DAYS.map((count) => ({ value: count, label: t('lastDays', { count }) }))}
        style={{ alignSelf: 'flex-start' }}
      />
      {models && <BreakdownTotal breakdown={models} days={days} />}
      {models?.totals.length === 0 ? (
        <EmptyState title={t('noUsage')} hint={t('noUsageHint')} />
      ) : (
        <>
          <Section title={t('costByDay')} isTitleShown={false}>
            <UsageChart label={t('costByDay')} span={span} currency={currency} measure="cost" filter={filter} />
          </Section>
          <Row gutter={[16, 16]}>
            <Col xs={24} lg={12}>
              <Section title={t('byModel')}>
                {models && <BreakdownList label={t('byModel')} breakdown={models} />}
              </Section>
            </Col>
            <Col xs={24} lg={12}>
              <Section title={t('byKey')}>
                {keys && <BreakdownList label={t('byKey')} breakdown={keys} nameOf={keyName} />}
              </Section>
            </Col>
          </Row>
        </>
      )}
    </Flex>
  );
}
