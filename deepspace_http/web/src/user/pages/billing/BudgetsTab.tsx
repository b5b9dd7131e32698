/** Budgets, and how they stand. */
import { Button, Flex, Progress, type TableColumnsType, Typography } from 'antd';
import { useState } from 'react';
import { useBudgets, useRemoveBudget, useWallet } from '@/api/queries/billing';
import { useMay } from '@/api/queries/places';
import type { BudgetBody } from '@/api/schema';
import { ConfirmDanger } from '@/components/ConfirmDanger';
import { EmptyState } from '@/components/EmptyState';
import { LoadedTable } from '@/components/LoadedTable';
import { Money } from '@/components/Money';
import { localeOf } from '@/components/numbers';
import { Section } from '@/components/Section';
import { billing } from '@/i18n/billing';
import { useLanguage, useTexts } from '@/i18n/i18n';
import { BudgetModal } from './BudgetModal';
import { formatDay } from './days';
import { useBudgetNames } from './useBudgetNames';

const NEARLY = 80;

export function BudgetsTab() {
  const t = useTexts(billing);
  const may = useMay();
  const [edited, setEdited] = useState<BudgetBody | 'new' | null>(null);
  const { data: wallet } = useWallet();
  const budgets = useBudgets();
  const mayManage = may('wallet:manage');
  const add = mayManage && (
    <Button type="primary" onClick={() => setEdited('new')}>
      {t('setBudget')}
    </Button>
  );
  return (
    <Section title={t('budgets')} hint={t('budgetsHint')} actions={add}>
      <LoadedTable<BudgetBody>
        label={t('budgets')}
        list={budgets}
        rowKey={({ scope, scope_id, window }) => `${scope} ${scope_id} ${window}`}
        columns={useColumns(wallet?.currency ?? 'USD', mayManage ? setEdited : null)}
        empty={<EmptyState title={t('noBudgets')} hint={t('noBudgetsHint')} action={add} />}
      />
      <BudgetModal edited={edited} currency={wallet?.currency ?? 'USD'} onClose={() => setEdited(null)} />
    </Section>
  );
}

function useColumns(currency: string, onEdit: ((budget: BudgetBody) => void) | null): TableColumnsType<BudgetBody> {
  const t = useTexts(billing);
  const language = useLanguage();
  const nameOf = useBudgetNames();
  const money = (nanos: number) => <Money nanos={nanos} currency={currency} />;
  return [
    {
      title: t('what'),
      key: 'what',
      render: (_, budget) => (
        <Flex vertical>
          <strong translate="no">{nameOf(budget)}</strong>
          <Typography.Text type="secondary">{t(`scopes.${budget.scope}`)}</Typography.Text>
        </Flex>
      ),
    },
    {
      title: t('window'),
      key: 'window',
      render: (_, { window, since }) => (
        <Flex vertical>
          <span>{t(`windows.${window}`)}</span>
          {window !== 'total' && (
            <Typography.Text type="secondary">{t('since', { day: formatDay(since, language) })}</Typography.Text>
          )}
        </Flex>
      ),
    },
    { title: t('cap'), dataIndex: 'cap_nanos', align: 'right', render: money },
    { title: t('used'), dataIndex: 'used_nanos', align: 'right', render: money },
    { title: t('reserved'), dataIndex: 'reserved_nanos', align: 'right', render: money },
    { title: t('left'), dataIndex: 'left_nanos', align: 'right', render: money },
    { title: '', key: 'bar', render: (_, budget) => <Filled budget={budget} /> },
    {
      title: '',
      key: 'act',
      align: 'right',
      render: (_, budget) => onEdit && <Actions budget={budget} onEdit={onEdit} />,
    },
  ];
}

function Filled({ budget: { cap_nanos, used_nanos, reserved_nanos } }: { budget: BudgetBody }) {
  const t = useTexts(billing);
  const language = useLanguage();
  const share = cap_nanos === 0 ? 1 : (used_nanos + reserved_nanos) / cap_nanos;
  const shown = new Intl.NumberFormat(localeOf(language), { style: 'percent', maximumFractionDigits: 0 }).format(share);
  const percent = Math.min(100, Math.round(share * 100));
  return (
    <Progress
      percent={percent}
      status={percent >= 100 ? 'exception' : 'normal'}
      {...(percent < 100 && { strokeColor: `var(--ant-color-${percent >= NEARLY ? 'warning' : 'primary'})` })}
      format={() => shown}
      aria-label={t('budgetUsed', { percent: shown })}
      style={{ width: 110, margin: 0 }}
    />
  );
}

function Actions({ budget, onEdit }: { budget: BudgetBody; onEdit: (budget: BudgetBody) => void }) {
  const t = useTexts(billing);
  const remove = useRemoveBudget();
  const what = useBudgetNames()(budget);
  return (
    <Flex gap={4} justify="flex-end">
      <Button type="text" size="small" aria-label={`${t('changeBudget')}: ${what}`} onClick={() => onEdit(budget)}>
        {t('changeBudget')}
      </Button>
      <ConfirmDanger
        title={t('removeBudgetTitle')}
        consequence={t('removeBudgetHint', { what })}
        verb={t('removeBudget')}
        trigger={t('removeBudget')}
        triggerProps={{ type: 'text', size: 'small', 'aria-label': `${t('removeBudget')}: ${what}` }}
        onConfirm={() => remove.mutateAsync(budget)}
      />
    </Flex>
  );
}
