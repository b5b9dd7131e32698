/** What is kept and how long, how much of it is on disk, and which setting decides. Read only. */
import { Flex, Table, type TableColumnsType, Typography } from 'antd';
import { useRetention } from '@/api/queries/adminSystem';
import type { KeptTableBody, RetentionBody } from '@/api/schema';
import { DateTime } from '@/components/DateTime';
import { ErrorNotice } from '@/components/ErrorNotice';
import { formatBytes, formatCount } from '@/components/numbers';
import { PageLoading } from '@/components/PageLoading';
import { ProductName } from '@/components/ProductName';
import { adminParts } from '@/i18n/adminParts';
import { adminSystem } from '@/i18n/adminSystem';
import { type Language, type Translate, useLanguage, useTexts } from '@/i18n/i18n';

type T = Translate<typeof adminSystem.en>;

/** Which setting of the deployment decides of a table; the others keep everything. */
const SETTINGS: Record<string, string> = {
  usage_records: 'DEEPSPACE_KEEP_USAGE_MONTHS',
  request_logs: 'DEEPSPACE_KEEP_REQUEST_LOGS_MONTHS',
};
const DELIVERY_DAYS = 30;
const EXPORT_DAYS = 7;

export function Component() {
  const t = useTexts(adminSystem);
  const language = useLanguage();
  const kept = useRetention();
  if (kept.error) return <ErrorNotice error={kept.error} onRetry={() => kept.refetch()} />;
  if (!kept.data) return <PageLoading />;
  const { archives_next_at: next } = kept.data;
  return (
    <Flex vertical gap={16}>
      <Typography.Paragraph type="secondary" style={{ margin: 0 }}>
        {t('retention.hint')}
      </Typography.Paragraph>
      <span>
        {next ? (
          <>
            {t('retention.archives')}: <DateTime at={next} />
          </>
        ) : (
          t('retention.noArchives')
        )}
      </span>
      <Table<KeptTableBody>
        aria-label={t('retention.tables')}
        size="middle"
        rowKey="table"
        pagination={false}
        scroll={{ x: 'max-content' }}
        dataSource={kept.data.tables}
        columns={columnsOf(t, language)}
      />
      <Others kept={kept.data} />
    </Flex>
  );
}

function columnsOf(t: T, language: Language): TableColumnsType<KeptTableBody> {
  return [
    {
      title: t('retention.table'),
      key: 'table',
      render: (_, row) => <ProductName family="tables" name={row.table} />,
    },
    {
      title: t('retention.kept'),
      key: 'kept',
      render: (_, row) =>
        row.months_kept === null ? t('retention.forEver') : t('retention.months', { count: row.months_kept }),
    },
    {
      title: t('retention.onDisk'),
      key: 'months',
      align: 'right',
      render: (_, row) => t('retention.months', { count: row.months }),
    },
    {
      title: t('retention.from'),
      key: 'from',
      render: (_, row) =>
        row.first_month === row.last_month ? row.first_month : `${row.first_month} – ${row.last_month}`,
    },
    {
      title: t('retention.rows'),
      key: 'rows',
      align: 'right',
      render: (_, row) => formatCount(row.rows_about, language),
    },
    {
      title: t('retention.size'),
      key: 'size',
      align: 'right',
      render: (_, row) => formatBytes(row.size_bytes, language),
    },
    {
      title: t('retention.setting'),
      key: 'setting',
      render: (_, row) =>
        SETTINGS[row.table] ? (
          <Typography.Text code>{SETTINGS[row.table]}</Typography.Text>
        ) : (
          <Typography.Text type="secondary">{t('retention.fixed')}</Typography.Text>
        ),
    },
  ];
}

function Others({ kept }: { kept: RetentionBody }) {
  const t = useTexts(adminSystem);
  const parts = useTexts(adminParts);
  const days = (count: number) => t('retention.days', { count });
  const jobs = Object.entries(kept.days_of_jobs).map(([state, count]) => ({
    what: `${t('retention.jobs')}: ${parts(`job.states.${state as 'dead'}`)}`,
    howLong: days(count ?? 0),
  }));
  const rows = [
    ...jobs,
    { what: t('retention.deliveries'), howLong: days(DELIVERY_DAYS) },
    { what: t('retention.exports'), howLong: days(EXPORT_DAYS) },
    { what: t('retention.files'), howLong: t('retention.untilDeleted') },
  ];
  return (
    <Table
      aria-label={t('retention.others')}
      size="small"
      rowKey="what"
      pagination={false}
      style={{ maxWidth: 560 }}
      dataSource={rows}
      columns={[
        { title: t('retention.what'), dataIndex: 'what', key: 'what' },
        { title: t('retention.kept'), dataIndex: 'howLong', key: 'howLong' },
      ]}
    />
  );
}
