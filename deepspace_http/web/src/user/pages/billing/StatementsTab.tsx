/** The statement of a month: on the page, and as files. */
import DownloadOutlined from '@ant-design/icons/DownloadOutlined';
import { Alert, Button, DatePicker, Flex, Skeleton, Table } from 'antd';
import dayjs from 'dayjs';
import { useState } from 'react';
import { downloadStatement, useStatement } from '@/api/queries/billing';
import type { StatementBody, StatementSpendingBody } from '@/api/schema';
import { useTimeZone } from '@/components/DateTime';
import { EmptyState } from '@/components/EmptyState';
import { ErrorNotice } from '@/components/ErrorNotice';
import { Given } from '@/components/Given';
import { keyboardScroll } from '@/components/keyboardScroll';
import { Money } from '@/components/Money';
import { formatCount } from '@/components/numbers';
import { Section } from '@/components/Section';
import { useProjectName } from '@/components/usePlaceName';
import { useTellFault } from '@/components/useTellFault';
import { billing } from '@/i18n/billing';
import { useLanguage, useTexts } from '@/i18n/i18n';
import { monthOf } from './spans';

export function StatementsTab() {
  const t = useTexts(billing);
  const zone = useTimeZone();
  const [month, setMonth] = useState(() => monthOf(Date.now(), zone));
  const { data, error, refetch } = useStatement(month, zone);
  return (
    <Flex vertical gap={16}>
      <Section title={t('statements')} hint={t('statementsHint')} actions={<Downloads month={month} />}>
        <DatePicker
          picker="month"
          aria-label={t('month')}
          allowClear={false}
          maxDate={dayjs()}
          value={dayjs(`${month}-01`)}
          onChange={(chosen) => chosen && setMonth(chosen.format('YYYY-MM'))}
        />
        {error && <ErrorNotice error={error} onRetry={() => refetch()} />}
        {!data && !error && <Skeleton active />}
        {data && <Lines statement={data} />}
      </Section>
      {data && <Spending statement={data} />}
    </Flex>
  );
}

function Downloads({ month }: { month: string }) {
  const t = useTexts(billing);
  const tell = useTellFault();
  const zone = useTimeZone();
  const [running, setRunning] = useState<'csv' | 'md' | null>(null);

  async function download(format: 'csv' | 'md') {
    setRunning(format);
    try {
      await downloadStatement(month, zone, format);
    } catch (error) {
      tell(error);
    } finally {
      setRunning(null);
    }
  }

  return (
    <Flex gap={8} wrap>
      <Button icon={<DownloadOutlined />} loading={running === 'csv'} onClick={() => download('csv')}>
        {t('csv')}
      </Button>
      <Button icon={<DownloadOutlined />} loading={running === 'md'} onClick={() => download('md')}>
        {t('markdown')}
      </Button>
    </Flex>
  );
}

function Lines({ statement }: { statement: StatementBody }) {
  const t = useTexts(billing);
  const { currency } = statement;
  const lines = [
    { key: 'opening', label: t('opening'), nanos: statement.opening_nanos, isEnd: true },
    { key: 'toppedUp', label: t('toppedUp'), nanos: statement.topped_up_nanos },
    { key: 'charged', label: t('charged'), nanos: -statement.charged_nanos },
    { key: 'refunded', label: t('refunded'), nanos: statement.refunded_nanos },
    { key: 'adjusted', label: t('adjusted'), nanos: statement.adjusted_nanos },
    { key: 'closing', label: t('closing'), nanos: statement.closing_nanos, isEnd: true },
  ];
  return (
    <Flex vertical gap={12} style={{ marginBlockStart: 16, maxWidth: 480 }}>
      <Table
        aria-label={t('statements')}
        size="small"
        showHeader={false}
        pagination={false}
        dataSource={lines}
        columns={[
          { key: 'label', render: (_, { label, isEnd }) => (isEnd ? <strong>{label}</strong> : label) },
          {
            key: 'amount',
            align: 'right',
            render: (_, { nanos, isEnd }) => {
              const amount = <Money nanos={nanos} currency={currency} signed={!isEnd} />;
              return isEnd ? <strong>{amount}</strong> : amount;
            },
          },
        ]}
      />
      <Alert
        showIcon
        type={statement.adds_up ? 'success' : 'error'}
        title={t(statement.adds_up ? 'addsUp' : 'addsNot')}
      />
    </Flex>
  );
}

function Spending({ statement: { spending, currency } }: { statement: StatementBody }) {
  const t = useTexts(billing);
  const language = useLanguage();
  const nameOf = useProjectName();
  const money = (nanos: number) => <Money nanos={nanos} currency={currency} />;
  return (
    <Section title={t('ofWhich')}>
      <div ref={keyboardScroll}>
        <Table<StatementSpendingBody>
          aria-label={t('ofWhich')}
          size="middle"
          rowKey={({ project_id, model }) => `${project_id} ${model}`}
          pagination={spending.length > 50 ? { pageSize: 50 } : false}
          scroll={{ x: 'max-content' }}
          dataSource={spending}
          locale={{ emptyText: <EmptyState title={t('noCalls')} /> }}
          columns={[
            {
              title: t('project'),
              key: 'project',
              render: (_, { project: name, is_default_project: is_default }) =>
                name === null ? t('noProject') : <Given>{nameOf({ name, is_default })}</Given>,
            },
            { title: t('model'), dataIndex: 'model', render: (name: string | null) => <Given>{name ?? '–'}</Given> },
            {
              title: t('callCount'),
              dataIndex: 'calls',
              align: 'right',
              render: (count: number) => formatCount(count, language),
            },
            { title: t('charge'), dataIndex: 'charged_nanos', align: 'right', render: money },
            { title: t('refunded'), dataIndex: 'refunded_nanos', align: 'right', render: money },
            { title: t('net'), dataIndex: 'net_nanos', align: 'right', render: money },
          ]}
        />
      </div>
    </Section>
  );
}
