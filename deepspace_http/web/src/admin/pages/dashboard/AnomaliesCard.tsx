/** Hours that are unlike what is usual, and how that is told. */
import { Card, Table, type TableColumnsType, Tooltip, Typography } from 'antd';
import { Link } from 'react-router';
import { useAnomalies } from '@/api/queries/overview';
import type { AnomalyBody } from '@/api/schema';
import { DateTime } from '@/components/DateTime';
import { EmptyState } from '@/components/EmptyState';
import { ErrorNotice } from '@/components/ErrorNotice';
import { Given } from '@/components/Given';
import { formatCount } from '@/components/numbers';
import { adminDashboard } from '@/i18n/adminDashboard';
import { type Language, type Translate, useLanguage, useTexts } from '@/i18n/i18n';
import { share, shortLatency, shortMoney } from '../../parts/short';

const HOURS = 24;
type T = Translate<typeof adminDashboard.en>;

export function AnomaliesCard() {
  const t = useTexts(adminDashboard);
  const language = useLanguage();
  const { data, error, isPending, refetch } = useAnomalies(HOURS);
  const rows = (data?.data ?? []).map((row, at) => ({ ...row, key: at }));
  return (
    <Card
      size="small"
      title={t('anomalies.title')}
      extra={
        <Tooltip title={t('anomalies.method')} trigger={['hover', 'focus']}>
          <Typography.Text type="secondary" underline tabIndex={0}>
            {t('anomalies.how')}
          </Typography.Text>
        </Tooltip>
      }
    >
      {error && !data ? (
        <ErrorNotice error={error} onRetry={() => refetch()} />
      ) : (
        <Table<AnomalyBody & { key: number }>
          aria-label={t('anomalies.title')}
          size="small"
          loading={isPending}
          columns={columnsOf(t, language)}
          dataSource={rows}
          pagination={rows.length > 8 ? { pageSize: 8, size: 'small' } : false}
          scroll={{ x: 'max-content' }}
          locale={{
            emptyText: isPending ? ' ' : <EmptyState title={t('anomalies.none')} hint={t('anomalies.noneHint')} />,
          }}
        />
      )}
    </Card>
  );
}

function columnsOf(t: T, language: Language): TableColumnsType<AnomalyBody & { key: number }> {
  return [
    { title: t('anomalies.measure'), render: (_, row) => t(`anomalies.measures.${row.measure}`) },
    { title: t('anomalies.place'), render: (_, row) => <Place anomaly={row} /> },
    { title: t('anomalies.when'), render: (_, row) => <DateTime at={row.peak} /> },
    { title: t('anomalies.value'), align: 'right', render: (_, row) => written(row, row.value, language) },
    { title: t('anomalies.usual'), align: 'right', render: (_, row) => written(row, row.usual, language) },
    {
      title: t('anomalies.score'),
      align: 'right',
      render: (_, { score }) => `${score > 0 ? '+' : ''}${formatCount(score, language)} ×`,
    },
  ];
}

function Place({ anomaly }: { anomaly: AnomalyBody }) {
  const t = useTexts(adminDashboard);
  const { place, place_kind: kind, label } = anomaly;
  if (place === null || kind === 'installation') return t('anomalies.installation');
  const named = <Given>{label ?? place}</Given>;
  if (kind === 'organization') return <Link to={`/users/orgs/${place}`}>{named}</Link>;
  if (kind === 'channel') return <Link to={`/models/channels/${encodeURIComponent(place)}`}>{named}</Link>;
  return <Link to={`/models/catalogue?search=${encodeURIComponent(place)}`}>{named}</Link>;
}

function written({ measure, currency }: AnomalyBody, value: number, language: Language): string {
  if (measure === 'failed_permille') return share(value, language);
  if (measure === 'latency_p95_ms') return shortLatency(value, language);
  if (measure === 'spending_nanos') return shortMoney(value, currency ?? 'USD', language);
  return formatCount(value, language);
}
