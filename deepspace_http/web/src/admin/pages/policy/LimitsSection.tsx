/** Rate limits: the platform's, which nobody can raise, and those of organizations. */

import { Flex, Form, Input, InputNumber, Segmented, Select, type TableColumnsType, Typography } from 'antd';
import { useSearchParams } from 'react-router';
import { limitsKey, loadLimits, PLATFORM, useRemoveLimit, useSetLimit } from '@/api/queries/adminPolicy';
import type { LimitBody, SetLimitBody } from '@/api/schema';
import { ConfirmDanger } from '@/components/ConfirmDanger';
import { CursorTable } from '@/components/CursorTable';
import { DateTime } from '@/components/DateTime';
import { EmptyState } from '@/components/EmptyState';
import type { Filter } from '@/components/filters';
import { formatCount } from '@/components/numbers';
import { adminParts } from '@/i18n/adminParts';
import { adminPolicy } from '@/i18n/adminPolicy';
import { type Language, type Translate, useLanguage, useTexts } from '@/i18n/i18n';
import { ActionsTitle } from '../../parts/ActionsTitle';
import { ExportButton } from '../../parts/ExportButton';
import { Named, OrgName } from '../../parts/Named';
import { OrgSelect } from '../../parts/OrgSelect';
import { RuleButton } from './RuleDrawer';

type T = Translate<typeof adminPolicy.en>;

const SCOPES = ['key', 'user', 'project', 'org', 'model'] as const;
const METRICS = ['requests', 'tokens', 'concurrency'] as const;
const WINDOWS = { second: 1, minute: 60, hour: 3_600, day: 86_400 } as const;

export function Component() {
  const t = useTexts(adminPolicy);
  const parts = useTexts(adminParts);
  const language = useLanguage();
  const [params, setParams] = useSearchParams();
  const isOfPlatform = params.get('whose') === PLATFORM;
  const org: Filter = {
    key: 'org_id',
    kind: 'custom',
    label: parts('organization'),
    control: (value, set) => <OrgSelect value={value} onChange={set} />,
  };
  return (
    <Flex vertical gap={12}>
      <Segmented
        aria-label={t('whose')}
        style={{ alignSelf: 'flex-start' }}
        value={isOfPlatform ? PLATFORM : 'orgs'}
        onChange={(whose) => setParams(whose === PLATFORM ? { whose } : {})}
        options={[
          { value: 'orgs', label: t('whoseOrgs') },
          { value: PLATFORM, label: t('whosePlatform') },
        ]}
      />
      <CursorTable<LimitBody>
        key={String(isOfPlatform)}
        label={t('limits.label')}
        queryKey={[...limitsKey, isOfPlatform]}
        load={(page, values) => loadLimits(page, isOfPlatform ? { whose: PLATFORM } : values)}
        columns={columnsOf(t, language, isOfPlatform)}
        rowKey="id"
        filters={isOfPlatform ? [] : [org]}
        empty={<EmptyState title={t('limits.empty')} hint={t('limits.emptyHint')} />}
        actions={(wanted) => (
          <>
            <SetLimit isOfPlatform={isOfPlatform} orgId={wanted.org_id} />
            <ExportButton
              kind="limits"
              filters={wanted}
              matching={() => ({ whose: isOfPlatform ? PLATFORM : 'orgs' })}
            />
          </>
        )}
      />
    </Flex>
  );
}

function SetLimit({ isOfPlatform, orgId }: { isOfPlatform: boolean; orgId: string | undefined }) {
  const t = useTexts(adminPolicy);
  const set = useSetLimit();
  return (
    <RuleButton<SetLimitBody>
      title={t('limits.add')}
      trigger={t('limits.add')}
      isOfPlatform={isOfPlatform}
      initial={{ scope: 'key', metric: 'requests', window_seconds: 60, ...(orgId && { org_id: orgId }) }}
      fields={() => <LimitFields />}
      ruleOf={(values) => ({ limit: termsOf(values) })}
      save={(values, whose) => set.mutateAsync({ orgId: isOfPlatform ? null : whose, body: termsOf(values) })}
    />
  );
}

function termsOf({ scope, metric, window_seconds, cap, scope_id }: SetLimitBody): SetLimitBody {
  return { scope, metric, window_seconds, cap, scope_id: scope_id?.trim() || null };
}

function LimitFields() {
  const t = useTexts(adminPolicy);
  return (
    <>
      <Form.Item name="scope" label={t('scope')}>
        <Select options={SCOPES.map((value) => ({ value, label: t(`scopes.${value}`) }))} />
      </Form.Item>
      <Form.Item name="scope_id" label={t('scopeId')} extra={t('scopeIdHint')}>
        <Input maxLength={64} />
      </Form.Item>
      <Flex gap={12} wrap>
        <Form.Item name="cap" label={t('limits.cap')} rules={[{ required: true, message: t('limits.capNeeded') }]}>
          <InputNumber min={0} precision={0} style={{ width: 140 }} />
        </Form.Item>
        <Form.Item name="metric" label={t('limits.metric')}>
          <Select
            style={{ width: 140 }}
            options={METRICS.map((value) => ({ value, label: t(`limits.metrics.${value}`) }))}
          />
        </Form.Item>
        <Form.Item name="window_seconds" label={t('limits.window')}>
          <Select
            style={{ width: 140 }}
            options={Object.entries(WINDOWS).map(([name, value]) => ({
              value,
              label: t(`limits.windows.${name as keyof typeof WINDOWS}`),
            }))}
          />
        </Form.Item>
      </Flex>
    </>
  );
}

function columnsOf(t: T, language: Language, isOfPlatform: boolean): TableColumnsType<LimitBody> {
  const org: TableColumnsType<LimitBody> = isOfPlatform
    ? []
    : [{ title: t('scopes.org'), key: 'org', render: (_, row) => <OrgName id={row.org_id} /> }];
  return [
    ...org,
    {
      title: t('limits.cap'),
      key: 'said',
      render: (_, row) => <Typography.Text strong>{saidOf(t, language, row)}</Typography.Text>,
    },
    {
      title: t('scope'),
      key: 'scope',
      render: (_, row) => (
        <>
          {t(`scopes.${row.scope}`)} {row.scope_id ? <Named id={row.scope_id} /> : `(${t('each')})`}
        </>
      ),
    },
    { title: t('created'), key: 'created', render: (_, row) => <DateTime at={row.created_at} /> },
    { title: <ActionsTitle />, key: 'act', render: (_, row) => <RemoveLimit limit={row} /> },
  ];
}

function RemoveLimit({ limit }: { limit: LimitBody }) {
  const t = useTexts(adminPolicy);
  const remove = useRemoveLimit();
  return (
    <ConfirmDanger
      title={t('limits.removeTitle')}
      consequence={t('limits.removeBody')}
      verb={t('remove')}
      trigger={t('remove')}
      triggerProps={{ size: 'small' }}
      reason="offered"
      onConfirm={(reason) => remove.mutateAsync({ orgId: limit.org_id, id: limit.id, reason })}
    />
  );
}

/** "600 requests in a minute". */
function saidOf(t: T, language: Language, limit: LimitBody): string {
  const cap = formatCount(limit.cap, language);
  if (limit.metric === 'concurrency') return t('limits.saidAtOnce', { cap });
  const named = Object.entries(WINDOWS).find(([, seconds]) => seconds === limit.window_seconds);
  const window = named
    ? t(`limits.windows.${named[0] as keyof typeof WINDOWS}`)
    : t('limits.windows.seconds', { count: limit.window_seconds });
  return t('limits.said', { cap, window, metric: t(`limits.metrics.${limit.metric}`).toLowerCase() });
}
