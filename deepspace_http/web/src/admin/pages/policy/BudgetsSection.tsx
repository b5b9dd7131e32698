/** Budgets of everybody, those with the least left first. */

import { Flex, Form, Input, Progress, Select, type TableColumnsType, Typography } from 'antd';
import { useSearchParams } from 'react-router';
import { useBudgets, useRemoveBudget, useSetBudget } from '@/api/queries/adminPolicy';
import type { OrgBudgetBody, SetBudgetBody } from '@/api/schema';
import { nanosOf } from '@/components/amount';
import { ConfirmDanger } from '@/components/ConfirmDanger';
import { EmptyState } from '@/components/EmptyState';
import { LoadedTable } from '@/components/LoadedTable';
import { Money } from '@/components/Money';
import { adminPolicy } from '@/i18n/adminPolicy';
import { type Translate, useTexts } from '@/i18n/i18n';
import { ActionsTitle } from '../../parts/ActionsTitle';
import { ExportButton } from '../../parts/ExportButton';
import { Named, OrgName } from '../../parts/Named';
import { OrgSelect } from '../../parts/OrgSelect';
import { RuleButton } from './RuleDrawer';

type T = Translate<typeof adminPolicy.en>;

const SCOPES = ['org', 'project', 'key', 'user'] as const;
const WINDOWS = ['day', 'month', 'total'] as const;
const PERCENT = 100;
const ALMOST_FULL = 80;

export function Component() {
  const t = useTexts(adminPolicy);
  const [params, setParams] = useSearchParams();
  const orgId = params.get('org_id');
  const budgets = useBudgets(orgId);
  return (
    <Flex vertical gap={12}>
      <Flex wrap gap={8} justify="space-between">
        <OrgSelect width={200} value={orgId} onChange={(chosen) => setParams(chosen ? { org_id: chosen } : {})} />
        <Flex wrap gap={8}>
          <SetBudget orgId={orgId} />
          <ExportButton kind="budgets" filters={orgId ? { org_id: orgId } : {}} />
        </Flex>
      </Flex>
      <Typography.Text type="secondary">{t('budgets.fullest')}</Typography.Text>
      <LoadedTable<OrgBudgetBody>
        label={t('budgets.label')}
        list={budgets}
        columns={columnsOf(t)}
        rowKey={(row) => `${row.org_id} ${row.scope} ${row.scope_id} ${row.window}`}
        empty={<EmptyState title={t('budgets.empty')} hint={t('budgets.emptyHint')} />}
      />
    </Flex>
  );
}

interface BudgetValues {
  scope: SetBudgetBody['scope'];
  scope_id?: string;
  window: SetBudgetBody['window'];
  cap: string;
}

function SetBudget({ orgId }: { orgId: string | null }) {
  const t = useTexts(adminPolicy);
  const set = useSetBudget();
  return (
    <RuleButton<BudgetValues>
      title={t('budgets.add')}
      trigger={t('budgets.add')}
      initial={{ scope: 'org', window: 'month', ...(orgId && { org_id: orgId }) }}
      fields={(form) => <BudgetFields isOfOrg={() => form.getFieldValue('scope') === 'org'} />}
      ruleOf={(values, whose) => ({ budget: termsOf(values, whose) })}
      save={(values, whose) => set.mutateAsync({ orgId: whose, body: termsOf(values, whose) })}
    />
  );
}

/** A cap on the whole organization is named by the organization itself. */
function termsOf({ scope, scope_id, window, cap }: BudgetValues, orgId: string): SetBudgetBody {
  return { scope, scope_id: scope === 'org' ? orgId : (scope_id ?? '').trim(), window, cap_nanos: nanosOf(cap) ?? 0 };
}

function BudgetFields({ isOfOrg }: { isOfOrg: () => boolean }) {
  const t = useTexts(adminPolicy);

  function checkCap(_: unknown, text: string): Promise<void> {
    const nanos = nanosOf(text ?? '');
    return nanos !== null && nanos >= 0 ? Promise.resolve() : Promise.reject(t('budgets.capNeeded'));
  }

  return (
    <>
      <Form.Item name="scope" label={t('scope')}>
        <Select options={SCOPES.map((value) => ({ value, label: t(`scopes.${value}`) }))} />
      </Form.Item>
      <Form.Item noStyle shouldUpdate>
        {() =>
          isOfOrg() ? null : (
            <Form.Item
              name="scope_id"
              label={t('scopeId')}
              rules={[{ required: true, whitespace: true, message: t('scopeIdNeeded') }]}
            >
              <Input maxLength={64} />
            </Form.Item>
          )
        }
      </Form.Item>
      <Flex gap={12} wrap>
        <Form.Item name="cap" label={t('budgets.cap')} rules={[{ validator: checkCap }]}>
          <Input inputMode="decimal" autoComplete="off" style={{ width: 160 }} />
        </Form.Item>
        <Form.Item name="window" label={t('budgets.window')}>
          <Select
            style={{ width: 160 }}
            options={WINDOWS.map((value) => ({ value, label: t(`budgets.windows.${value}`) }))}
          />
        </Form.Item>
      </Flex>
    </>
  );
}

function columnsOf(t: T): TableColumnsType<OrgBudgetBody> {
  const money = (title: string, key: 'cap_nanos' | 'used_nanos' | 'reserved_nanos' | 'left_nanos') => ({
    title,
    key,
    align: 'right' as const,
    render: (_: unknown, row: OrgBudgetBody) => <Money nanos={row[key]} />,
  });
  return [
    { title: t('scopes.org'), key: 'org', render: (_, row) => <OrgName id={row.org_id} /> },
    {
      title: t('scope'),
      key: 'scope',
      render: (_, row) => (
        <>
          {t(`scopes.${row.scope}`)} {row.scope !== 'org' && <Named id={row.scope_id} />}
        </>
      ),
    },
    { title: t('budgets.window'), key: 'window', render: (_, row) => t(`budgets.windows.${row.window}`) },
    money(t('budgets.cap'), 'cap_nanos'),
    money(t('budgets.used'), 'used_nanos'),
    money(t('budgets.reserved'), 'reserved_nanos'),
    money(t('budgets.left'), 'left_nanos'),
    { title: t('budgets.spent'), key: 'bar', width: 120, render: (_, row) => <Fullness t={t} budget={row} /> },
    { title: <ActionsTitle />, key: 'act', render: (_, row) => <RemoveBudget budget={row} /> },
  ];
}

function Fullness({ t, budget }: { t: T; budget: OrgBudgetBody }) {
  const spent = budget.used_nanos + budget.reserved_nanos;
  const percent =
    budget.cap_nanos === 0 ? PERCENT : Math.min(PERCENT, Math.round((spent / budget.cap_nanos) * PERCENT));
  return (
    <Progress
      aria-label={t('budgets.spent')}
      percent={percent}
      size="small"
      status={percent >= ALMOST_FULL ? 'exception' : 'normal'}
    />
  );
}

function RemoveBudget({ budget }: { budget: OrgBudgetBody }) {
  const t = useTexts(adminPolicy);
  const remove = useRemoveBudget();
  return (
    <ConfirmDanger
      title={t('budgets.removeTitle')}
      consequence={t('budgets.removeBody')}
      verb={t('remove')}
      trigger={t('remove')}
      triggerProps={{ size: 'small' }}
      reason="offered"
      onConfirm={(reason) => remove.mutateAsync({ budget, reason })}
    />
  );
}
