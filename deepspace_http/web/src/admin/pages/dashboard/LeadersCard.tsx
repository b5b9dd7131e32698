/** Who spent most in the period. */
import { Card, Flex, Segmented, Skeleton, Typography } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router';
import { type OverviewPeriod, useLeaders } from '@/api/queries/overview';
import type { LeaderBody, LeaderKind } from '@/api/schema';
import { EmptyState } from '@/components/EmptyState';
import { ErrorNotice } from '@/components/ErrorNotice';
import { Given } from '@/components/Given';
import { ShareList } from '@/components/ShareList';
import { adminDashboard } from '@/i18n/adminDashboard';
import { useLanguage, useTexts } from '@/i18n/i18n';
import { shortMoney } from '../../parts/short';

const KINDS: LeaderKind[] = ['organization', 'model', 'key', 'user'];

export function LeadersCard({ period }: { period: OverviewPeriod }) {
  const t = useTexts(adminDashboard);
  const language = useLanguage();
  const [kind, setKind] = useState<LeaderKind>('organization');
  const { data, error, isPending, refetch } = useLeaders(period, kind);
  const shares = (data?.data ?? []).map((one) => ({
    key: `${one.value} ${one.currency}`,
    label: <Leader leader={one} kind={kind} />,
    size: one.price.nanos,
    value: (
      <span title={`${one.price.decimal} ${one.currency}`}>{shortMoney(one.price.nanos, one.currency, language)}</span>
    ),
  }));
  return (
    <Card size="small" title={t('leaders.title')}>
      <Flex vertical gap={12}>
        <Flex wrap gap={8} justify="space-between" align="center">
          <Segmented
            aria-label={t('leaders.title')}
            value={kind}
            onChange={setKind}
            options={KINDS.map((value) => ({ value, label: t(`leaders.kinds.${value}`) }))}
          />
          {data && <Typography.Text type="secondary">{t('leaders.total', { count: data.total })}</Typography.Text>}
        </Flex>
        {isPending && <Skeleton active title={false} />}
        {error && !data && <ErrorNotice error={error} onRetry={() => refetch()} />}
        {data && shares.length === 0 && <EmptyState title={t('leaders.none')} />}
        <ShareList label={t(`leaders.kinds.${kind}`)} shares={shares} />
      </Flex>
    </Card>
  );
}

function Leader({ leader, kind }: { leader: LeaderBody; kind: LeaderKind }) {
  const text = <Given>{leader.label ?? leader.value}</Given>;
  if (kind === 'organization') return <Link to={`/users/orgs/${leader.value}`}>{text}</Link>;
  if (kind === 'user') return <Link to={`/users/${leader.value}`}>{text}</Link>;
  if (kind === 'model') return <Link to={`/models/catalogue?search=${encodeURIComponent(leader.value)}`}>{text}</Link>;
  return <span title={leader.value}>{text}</span>;
}
