/** API keys of everybody: who has which, when it was used last, and the way to end one. */

import { Flex, type TableColumnsType, Tag, Typography } from 'antd';
import { keysKey, loadKeys, useRevokeKey } from '@/api/queries/adminSystem';
import type { ApiKeyBody } from '@/api/schema';
import { ConfirmDanger } from '@/components/ConfirmDanger';
import { CursorTable } from '@/components/CursorTable';
import { DateTime } from '@/components/DateTime';
import { EmptyState } from '@/components/EmptyState';
import type { Filter } from '@/components/filters';
import { useScopeNames } from '@/components/useScopeNames';
import { adminParts } from '@/i18n/adminParts';
import { adminSystem } from '@/i18n/adminSystem';
import { type Translate, useTexts } from '@/i18n/i18n';
import { ActionsTitle } from '../../parts/ActionsTitle';
import { ExportButton } from '../../parts/ExportButton';
import { orgFilter } from '../../parts/filters';
import { IdText } from '../../parts/IdText';
import { Named, OrgName } from '../../parts/Named';

type T = Translate<typeof adminSystem.en>;
type State = 'active' | 'expired' | 'revoked';

const STATES: State[] = ['active', 'expired', 'revoked'];
const COLORS: Record<State, string> = { active: 'success', expired: 'default', revoked: 'error' };

export function Component() {
  const t = useTexts(adminSystem);
  const parts = useTexts(adminParts);
  const filters: Filter[] = [
    orgFilter(parts('organization')),
    { key: 'search', kind: 'text', label: t('keys.search'), width: 260 },
    {
      key: 'state',
      kind: 'select',
      label: t('keys.state'),
      options: STATES.map((value) => ({ value, label: t(`keys.states.${value}`) })),
    },
  ];
  return (
    <CursorTable<ApiKeyBody>
      label={t('keys.label')}
      queryKey={keysKey}
      load={loadKeys}
      columns={columnsOf(t)}
      rowKey="id"
      filters={filters}
      empty={<EmptyState title={t('keys.empty')} />}
      expand={(row) => <KeyDetails t={t} apiKey={row} />}
      actions={(wanted) => <ExportButton kind="api_keys" filters={wanted} />}
    />
  );
}

/** As the gateway decides it: a revoked key is revoked even when its time is over, too. */
export function stateOf(key: Pick<ApiKeyBody, 'revoked_at' | 'expires_at'>, now = Date.now()): State {
  if (key.revoked_at !== null) return 'revoked';
  return key.expires_at !== null && Date.parse(key.expires_at) <= now ? 'expired' : 'active';
}

function columnsOf(t: T): TableColumnsType<ApiKeyBody> {
  return [
    { title: t('keys.name'), key: 'name', render: (_, row) => <strong translate="no">{row.name}</strong> },
    {
      title: t('keys.prefix'),
      key: 'prefix',
      render: (_, row) => <Typography.Text code>{row.prefix}…</Typography.Text>,
    },
    { title: t('exports.whose'), key: 'org', render: (_, row) => <OrgName id={row.org_id} /> },
    { title: t('keys.maker'), key: 'maker', render: (_, row) => <Named id={row.created_by} /> },
    { title: t('keys.lastUsed'), key: 'used', render: (_, row) => <DateTime at={row.last_used_at} /> },
    { title: t('keys.expires'), key: 'expires', render: (_, row) => <DateTime at={row.expires_at} /> },
    {
      title: t('keys.state'),
      key: 'state',
      render: (_, row) => <Tag color={COLORS[stateOf(row)]}>{t(`keys.states.${stateOf(row)}`)}</Tag>,
    },
    {
      title: <ActionsTitle />,
      key: 'act',
      render: (_, row) => (row.revoked_at === null ? <Revoke apiKey={row} /> : null),
    },
  ];
}

function Revoke({ apiKey }: { apiKey: ApiKeyBody }) {
  const t = useTexts(adminSystem);
  const revoke = useRevokeKey();
  return (
    <ConfirmDanger
      title={t('keys.revokeTitle', { name: apiKey.name })}
      consequence={t('keys.revokeBody')}
      verb={t('keys.revoke')}
      reason="needed"
      trigger={t('keys.revoke')}
      triggerProps={{ size: 'small' }}
      onConfirm={(reason) => revoke.mutateAsync({ key: apiKey, reason })}
    />
  );
}

function KeyDetails({ t, apiKey }: { t: T; apiKey: ApiKeyBody }) {
  const scopeName = useScopeNames();
  return (
    <Flex vertical gap={6}>
      <IdText id={apiKey.id} />
      <span>
        {t('keys.created')}: <DateTime at={apiKey.created_at} />
        {apiKey.rotated_at && (
          <>
            {' · '}
            {t('keys.rotated')}: <DateTime at={apiKey.rotated_at} />
          </>
        )}
      </span>
      <span>
        {t('keys.project')}: {apiKey.project_id ? <Named id={apiKey.project_id} /> : t('keys.wholeOrg')}
      </span>
      <Flex gap={4} wrap align="center">
        {t('keys.scopes')}:
        {apiKey.scopes.map((scope) => (
          <Tag key={scope}>{scopeName(scope)}</Tag>
        ))}
      </Flex>
      <span>
        {t('keys.models')}: {apiKey.model_allow_list?.join(', ') ?? t('keys.allModels')}
      </span>
    </Flex>
  );
}
