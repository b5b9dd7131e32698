/** Our book of calls beside the upstreams' own: what was compared, what differed, and the way to compare now. */
import { Button, DatePicker, Drawer, Flex, Form, Modal, Table, type TableColumnsType, Tag, Typography } from 'antd';
import type { Dayjs } from 'dayjs';
import { useState } from 'react';
import {
  loadReconciliations,
  reconciliationsKey,
  useReconciliation,
  useRunReconciliation,
} from '@/api/queries/adminBilling';
import type { ReconciliationBody } from '@/api/schema';
import { CursorTable, type PageQuery } from '@/components/CursorTable';
import { DateTime } from '@/components/DateTime';
import { EmptyState } from '@/components/EmptyState';
import { ErrorNotice } from '@/components/ErrorNotice';
import { PageLoading } from '@/components/PageLoading';
import { adminBilling } from '@/i18n/adminBilling';
import { common } from '@/i18n/common';
import { type Translate, useTexts } from '@/i18n/i18n';
import { duration } from '../../parts/durations';
import { ExportButton } from '../../parts/ExportButton';
import { JsonView } from '../../parts/JsonView';

type T = Translate<typeof adminBilling.en>;

export function Component() {
  const t = useTexts(adminBilling);
  const [shown, setShown] = useState<string | null>(null);
  return (
    <>
      <Typography.Paragraph type="secondary">{t('reconciliations.hint')}</Typography.Paragraph>
      <CursorTable<ReconciliationBody>
        label={t('reconciliations.label')}
        queryKey={reconciliationsKey}
        load={(page: PageQuery) => loadReconciliations(page)}
        columns={columnsOf(t)}
        rowKey="id"
        empty={<EmptyState title={t('reconciliations.empty')} hint={t('reconciliations.emptyHint')} />}
        onRow={(row) => setShown(row.id)}
        actions={() => (
          <>
            <RunButton onDone={setShown} />
            <ExportButton kind="reconciliations" filters={{}} />
          </>
        )}
      />
      <Drawer
        open={shown !== null}
        size="large"
        title={t('reconciliations.report')}
        destroyOnHidden
        onClose={() => setShown(null)}
      >
        <Report id={shown} />
      </Drawer>
    </>
  );
}

function columnsOf(t: T): TableColumnsType<ReconciliationBody> {
  return [
    {
      title: t('reconciliations.period'),
      key: 'period',
      render: (_, row) => (
        <>
          <DateTime at={row.period_start} /> – <DateTime at={row.period_end} />
        </>
      ),
    },
    { title: t('reconciliations.compared'), dataIndex: 'rows_compared', key: 'compared', align: 'right' },
    {
      title: t('reconciliations.differences'),
      key: 'differences',
      align: 'right',
      render: (_, row) => <DifferenceTag t={t} one={row} />,
    },
    { title: t('reconciliations.finished'), key: 'finished', render: (_, row) => <DateTime at={row.finished_at} /> },
    {
      title: t('reconciliations.took'),
      key: 'took',
      align: 'right',
      render: (_, row) => duration(Date.parse(row.finished_at) - Date.parse(row.started_at)),
    },
  ];
}

/** Where nothing was compared, nothing agrees either. */
function DifferenceTag({ t, one }: { t: T; one: ReconciliationBody }) {
  const count = one.differences;
  if (count === 0 && one.rows_compared === 0) return <Tag>{t('reconciliations.nothing')}</Tag>;
  return <Tag color={count > 0 ? 'error' : 'success'}>{count > 0 ? count : t('reconciliations.agree')}</Tag>;
}

function RunButton({ onDone }: { onDone: (id: string) => void }) {
  const t = useTexts(adminBilling);
  const words = useTexts(common);
  const [isOpen, setOpen] = useState(false);
  const run = useRunReconciliation();

  function start({ period: [from, to] }: { period: [Dayjs, Dayjs] }) {
    run.mutate(
      { from: from.toISOString(), to: to.toISOString() },
      {
        onSuccess: ({ id }) => {
          setOpen(false);
          onDone(id);
        },
      },
    );
  }

  return (
    <>
      <Button type="primary" onClick={() => setOpen(true)}>
        {t('reconciliations.run')}
      </Button>
      <Modal
        open={isOpen}
        title={t('reconciliations.run')}
        footer={null}
        destroyOnHidden
        onCancel={() => setOpen(false)}
      >
        <Form layout="vertical" onFinish={start} requiredMark={false}>
          <Form.Item
            name="period"
            label={t('reconciliations.period')}
            rules={[{ required: true, message: t('reconciliations.periodMissing') }]}
          >
            <DatePicker.RangePicker showTime={{ format: 'HH:mm' }} format="YYYY-MM-DD HH:mm" />
          </Form.Item>
          {run.error && <ErrorNotice error={run.error} />}
          <Flex gap={8} justify="flex-end" style={{ marginBlockStart: 16 }}>
            <Button onClick={() => setOpen(false)}>{words('cancel')}</Button>
            <Button type="primary" htmlType="submit" loading={run.isPending}>
              {t('reconciliations.run')}
            </Button>
          </Flex>
        </Form>
      </Modal>
    </>
  );
}

interface Finding {
  kind: 'only_ours' | 'only_theirs' | 'usage_differs' | 'cost_differs';
  book: string;
  at: string;
  ours: object | null;
  theirs: object | null;
}

function Report({ id }: { id: string | null }) {
  const t = useTexts(adminBilling);
  const one = useReconciliation(id);
  if (one.error) return <ErrorNotice error={one.error} onRetry={() => one.refetch()} />;
  if (!one.data) return <PageLoading />;
  const { findings, ...counts } = one.data.report as { findings?: Finding[] };
  return (
    <Flex vertical gap={16}>
      <DifferenceTag t={t} one={one.data} />
      <JsonView value={counts} />
      <Table<Finding>
        size="small"
        rowKey={(row) => `${row.kind} ${row.at} ${JSON.stringify(row.ours ?? row.theirs)}`}
        pagination={{ pageSize: 20, hideOnSinglePage: true }}
        scroll={{ x: 'max-content' }}
        dataSource={findings ?? []}
        locale={{ emptyText: <EmptyState title={t('reconciliations.noFindings')} /> }}
        columns={[
          {
            title: t('reconciliations.finding'),
            key: 'kind',
            render: (_, row) => t(`reconciliations.findings.${row.kind}`),
          },
          { title: t('reconciliations.book'), dataIndex: 'book', key: 'book' },
          { title: t('transactions.at'), key: 'at', render: (_, row) => <DateTime at={row.at} withSeconds /> },
        ]}
        expandable={{
          expandedRowRender: (row) => (
            <Flex vertical gap={8}>
              <strong>{t('reconciliations.ours')}</strong>
              <JsonView value={row.ours} />
              <strong>{t('reconciliations.theirs')}</strong>
              <JsonView value={row.theirs} />
            </Flex>
          ),
        }}
      />
    </Flex>
  );
}
