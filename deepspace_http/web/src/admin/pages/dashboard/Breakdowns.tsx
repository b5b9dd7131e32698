/** What the figures are made of: errors by kind, models and channels with their margins. */
import { Card, Table, type TableColumnsType, Tag, Typography } from 'antd';
import { Link } from 'react-router';
import type { ErrorCountBody, OverviewBody, ShareBody } from '@/api/schema';
import { EmptyState } from '@/components/EmptyState';
import { formatCount } from '@/components/numbers';
import { ProductName } from '@/components/ProductName';
import { adminDashboard } from '@/i18n/adminDashboard';
import { type Language, type Translate, useLanguage, useTexts } from '@/i18n/i18n';
import { share, shortCount, shortMoney } from '../../parts/short';

type T = Translate<typeof adminDashboard.en>;
const ROWS = 8;

export function ErrorsCard({ overview }: { overview: OverviewBody | undefined }) {
  const t = useTexts(adminDashboard);
  const language = useLanguage();
  return (
    <Card size="small" title={t('errors.title')}>
      <Table<ErrorCountBody>
        aria-label={t('errors.title')}
        size="small"
        loading={!overview}
        rowKey={(row) => `${row.kind} ${row.error_code}`}
        dataSource={overview?.errors ?? []}
        columns={errorColumns(t, language)}
        pagination={(overview?.errors.length ?? 0) > ROWS ? { pageSize: ROWS, size: 'small' } : false}
        scroll={{ x: 'max-content' }}
        locale={{ emptyText: overview ? <EmptyState title={t('errors.none')} /> : ' ' }}
      />
    </Card>
  );
}

function errorColumns(t: T, language: Language): TableColumnsType<ErrorCountBody> {
  return [
    {
      title: t('errors.code'),
      render: (_, { error_code: code }) => (
        <Link to={`/audit/requests?error_code=${encodeURIComponent(code)}`}>
          <ProductName family="errors" name={code} />
        </Link>
      ),
    },
    {
      title: t('errors.kind'),
      render: (_, { kind }) => <Tag color={kind === 'failed' ? 'error' : 'default'}>{t(`errors.kinds.${kind}`)}</Tag>,
    },
    { title: t('errors.requests'), align: 'right', render: (_, row) => formatCount(row.requests, language) },
    { title: t('errors.before'), align: 'right', render: (_, row) => formatCount(row.before, language) },
  ];
}

export function SharesCard({ overview, of }: { overview: OverviewBody | undefined; of: 'models' | 'channels' }) {
  const t = useTexts(adminDashboard);
  const language = useLanguage();
  const rows = overview?.[of] ?? [];
  return (
    <Card size="small" title={t(`shares.${of}`)}>
      <Table<ShareBody>
        aria-label={t(`shares.${of}`)}
        size="small"
        loading={!overview}
        rowKey={(row) => `${row.name} ${row.earnings.currency}`}
        dataSource={rows}
        columns={shareColumns(t, language, of)}
        pagination={rows.length > ROWS ? { pageSize: ROWS, size: 'small' } : false}
        scroll={{ x: 'max-content' }}
        locale={{ emptyText: overview ? <EmptyState title={t('shares.none')} /> : ' ' }}
      />
    </Card>
  );
}

function shareColumns(t: T, language: Language, of: 'models' | 'channels'): TableColumnsType<ShareBody> {
  return [
    { title: t('shares.name'), render: (_, { name }) => nameOf(name, t, of) },
    { title: t('shares.calls'), align: 'right', render: (_, row) => shortCount(row.earnings.calls, language) },
    { title: t('shares.tokens'), align: 'right', render: (_, row) => shortCount(row.tokens, language) },
    {
      title: t('shares.price'),
      align: 'right',
      render: (_, { earnings }) => shortMoney(earnings.price.nanos, earnings.currency, language),
    },
    {
      title: t('shares.cost'),
      align: 'right',
      render: (_, { earnings }) =>
        earnings.cost ? shortMoney(earnings.cost.nanos, earnings.currency, language) : t('unknown'),
    },
    {
      title: t('shares.margin'),
      align: 'right',
      render: (_, { earnings }) => share(earnings.margin_permille, language),
    },
    {
      title: t('shares.failed'),
      align: 'right',
      render: (_, { endings }) => formatCount(endings.upstream_error + endings.timed_out, language),
    },
  ];
}

function nameOf(name: string | null, t: T, of: 'models' | 'channels') {
  if (name === null) return t('shares.noName');
  const to = of === 'models' ? `/models/catalogue?search=${encodeURIComponent(name)}` : `/models/channels/${name}`;
  return (
    <Link to={to}>
      <Typography.Text ellipsis translate="no" title={name} style={{ maxWidth: 150, color: 'inherit' }}>
        {name}
      </Typography.Text>
    </Link>
  );
}
