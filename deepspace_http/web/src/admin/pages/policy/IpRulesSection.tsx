/** Address rules of everybody: from where an organization, or one of its keys, may be used. */

import { Form, Input, Segmented, type TableColumnsType, Tag, Typography } from 'antd';
import { ipRulesKey, loadIpRules, useAddIpRule, useRemoveIpRule } from '@/api/queries/adminPolicy';
import type { IpRuleBody, SetIpRuleBody } from '@/api/schema';
import { ConfirmDanger } from '@/components/ConfirmDanger';
import { CursorTable } from '@/components/CursorTable';
import { DateTime } from '@/components/DateTime';
import { EmptyState } from '@/components/EmptyState';
import { Given } from '@/components/Given';
import { adminParts } from '@/i18n/adminParts';
import { adminPolicy } from '@/i18n/adminPolicy';
import { type Translate, useTexts } from '@/i18n/i18n';
import { ActionsTitle } from '../../parts/ActionsTitle';
import { ExportButton } from '../../parts/ExportButton';
import { Named, OrgName } from '../../parts/Named';
import { OrgSelect } from '../../parts/OrgSelect';
import { RuleButton } from './RuleDrawer';

type T = Translate<typeof adminPolicy.en>;

const ACTIONS = ['deny', 'allow'] as const;

export function Component() {
  const t = useTexts(adminPolicy);
  const parts = useTexts(adminParts);
  return (
    <CursorTable<IpRuleBody>
      label={t('ipRules.label')}
      queryKey={ipRulesKey}
      load={loadIpRules}
      columns={columnsOf(t)}
      rowKey="id"
      filters={[
        {
          key: 'org_id',
          kind: 'custom',
          label: parts('organization'),
          control: (value, set) => <OrgSelect value={value} onChange={set} />,
        },
      ]}
      empty={<EmptyState title={t('ipRules.empty')} hint={t('ipRules.emptyHint')} />}
      actions={(wanted) => (
        <>
          <AddIpRule orgId={wanted.org_id} />
          <ExportButton kind="ip_rules" filters={wanted} />
        </>
      )}
    />
  );
}

interface IpRuleValues {
  action: SetIpRuleBody['action'];
  network: string;
  api_key_id?: string;
  note?: string;
}

function AddIpRule({ orgId }: { orgId: string | undefined }) {
  const t = useTexts(adminPolicy);
  const add = useAddIpRule();
  return (
    <RuleButton<IpRuleValues>
      title={t('ipRules.add')}
      trigger={t('ipRules.add')}
      initial={{ action: 'deny', ...(orgId && { org_id: orgId }) }}
      fields={() => <IpRuleFields />}
      ruleOf={({ action, network, api_key_id }) => ({
        ip_rule: { action, network: network.trim(), api_key_id: api_key_id?.trim() || null },
      })}
      save={(values, whose) => add.mutateAsync({ orgId: whose, body: bodyOf(values) })}
    />
  );
}

function bodyOf({ action, network, api_key_id, note }: IpRuleValues): SetIpRuleBody {
  const key = api_key_id?.trim();
  return {
    action,
    network: network.trim(),
    note: note?.trim() ?? '',
    scope: key ? 'key' : 'org',
    api_key_id: key || null,
  };
}

function IpRuleFields() {
  const t = useTexts(adminPolicy);
  return (
    <>
      <Form.Item name="action" label={t('ipRules.action')} extra={t('ipRules.allowHint')}>
        <Segmented options={ACTIONS.map((value) => ({ value, label: t(`ipRules.actions.${value}`) }))} />
      </Form.Item>
      <Form.Item
        name="network"
        label={t('ipRules.network')}
        extra={t('ipRules.networkHint')}
        rules={[{ required: true, whitespace: true, message: t('ipRules.networkNeeded') }]}
      >
        <Input maxLength={64} autoComplete="off" />
      </Form.Item>
      <Form.Item name="api_key_id" label={t('ipRules.key')} extra={t('ipRules.keyHint')}>
        <Input maxLength={64} />
      </Form.Item>
      <Form.Item name="note" label={t('ipRules.note')}>
        <Input maxLength={200} />
      </Form.Item>
    </>
  );
}

function columnsOf(t: T): TableColumnsType<IpRuleBody> {
  return [
    { title: t('scopes.org'), key: 'org', render: (_, row) => <OrgName id={row.org_id} /> },
    {
      title: t('ipRules.action'),
      key: 'action',
      render: (_, row) => (
        <Tag color={row.action === 'deny' ? 'error' : 'success'}>{t(`ipRules.actions.${row.action}`)}</Tag>
      ),
    },
    {
      title: t('ipRules.network'),
      key: 'network',
      render: (_, row) => <Typography.Text code>{row.network}</Typography.Text>,
    },
    {
      title: t('ipRules.key'),
      key: 'key',
      render: (_, row) => (row.scope === 'key' ? <Named id={row.scope_id} /> : t('ipRules.wholeOrg')),
    },
    {
      title: t('ipRules.note'),
      dataIndex: 'note',
      key: 'note',
      render: (note: string) => <Given>{note}</Given>,
    },
    { title: t('created'), key: 'created', render: (_, row) => <DateTime at={row.created_at} /> },
    { title: <ActionsTitle />, key: 'act', render: (_, row) => <RemoveRule rule={row} /> },
  ];
}

function RemoveRule({ rule }: { rule: IpRuleBody }) {
  const t = useTexts(adminPolicy);
  const remove = useRemoveIpRule();
  return (
    <ConfirmDanger
      title={t('ipRules.removeTitle')}
      consequence={t('ipRules.removeBody')}
      verb={t('remove')}
      trigger={t('remove')}
      triggerProps={{ size: 'small' }}
      reason="offered"
      onConfirm={(reason) => remove.mutateAsync({ orgId: rule.org_id, id: rule.id, reason })}
    />
  );
}
