/** The keys of the organization, or of one project: what each may, when it was used, what it cost. */
import PlusOutlined from '@ant-design/icons/PlusOutlined';
import { Button, Flex, type TableColumnsType, Tag, Tooltip, Typography } from 'antd';
import { useMemo, useState } from 'react';
import { API_KEYS, loadApiKeys } from '@/api/queries/apiKeys';
import { useUsageBreakdown } from '@/api/queries/billing';
import { useMay, useProjects } from '@/api/queries/places';
import type { ApiKeyBody, NewApiKeyBody, ProjectBody } from '@/api/schema';
import { CursorTable } from '@/components/CursorTable';
import { DateTime, useTimeZone } from '@/components/DateTime';
import { EmptyState } from '@/components/EmptyState';
import type { Filter } from '@/components/filters';
import { Given } from '@/components/Given';
import { Money } from '@/components/Money';
import { usePlaceName } from '@/components/usePlaceName';
import { useScopeNames } from '@/components/useScopeNames';
import { apiKeys } from '@/i18n/apiKeys';
import { useTexts } from '@/i18n/i18n';
import { lastDays } from '../billing/spans';
import { KeyActions } from './KeyActions';
import { KeyDetails } from './KeyDetails';
import { NewKeyDrawer } from './NewKeyDrawer';
import { SecretOnce } from './SecretOnce';
import { stateOf } from './state';

const SCOPES_SHOWN = 2;
const DAYS = 30;

export function ApiKeyTable({ project }: { project?: ProjectBody }) {
  const t = useTexts(apiKeys);
  const may = useMay();
  const [isCreating, setCreating] = useState(false);
  const [made, setMade] = useState<NewApiKeyBody | null>(null);
  const create = may('api_keys:create') && !project?.archived_at && (
    <Button type="primary" icon={<PlusOutlined />} onClick={() => setCreating(true)}>
      {t('create')}
    </Button>
  );
  return (
    <>
      <CursorTable<ApiKeyBody>
        label={t('title')}
        queryKey={[...API_KEYS, 'table', project?.id ?? null]}
        load={(page, filters) => loadApiKeys(page, project ? { ...filters, project_id: project.id } : filters)}
        rowKey="id"
        filters={useKeyFilters(project)}
        columns={useColumns(project, setMade)}
        actions={() => create}
        expand={(key) => <KeyDetails apiKey={key} />}
        empty={<EmptyState title={t('none')} hint={t('noneHint')} action={create} />}
      />
      <NewKeyDrawer
        isOpen={isCreating}
        onClose={() => setCreating(false)}
        onMade={setMade}
        {...(project && { projectId: project.id })}
      />
      <SecretOnce made={made} onDone={() => setMade(null)} />
    </>
  );
}

function useKeyFilters(project: ProjectBody | undefined): Filter[] {
  const t = useTexts(apiKeys);
  const { data: projects = [] } = useProjects();
  const nameOf = usePlaceName();
  const state: Filter = {
    key: 'state',
    label: t('state'),
    kind: 'select',
    options: [{ value: 'all', label: t('showAll') }],
  };
  if (project) return [state];
  const options = projects.map((one) => ({ value: one.id, label: nameOf(one) }));
  return [{ key: 'project_id', label: t('project'), kind: 'select', options }, state];
}

function useColumns(
  project: ProjectBody | undefined,
  onRotated: (made: NewApiKeyBody) => void,
): TableColumnsType<ApiKeyBody> {
  const t = useTexts(apiKeys);
  const zone = useTimeZone();
  const may = useMay();
  const { data: projects = [] } = useProjects(true);
  const span = useMemo(() => lastDays(DAYS, zone), [zone]);
  const { data: used } = useUsageBreakdown(span, 'key', {}, may('usage:read'));
  const nameOf = usePlaceName();
  const projectOf = (id: string | null) => {
    const found = projects.find((one) => one.id === id);
    return id === null ? t('wholeOrganization') : <Given>{found ? nameOf(found) : '–'}</Given>;
  };
  const costOf = (id: string) => used?.parts.find(({ value }) => value === id)?.sums;
  return [
    { title: t('name'), key: 'name', render: (_, key) => <NameOf apiKey={key} /> },
    ...(project
      ? []
      : [{ title: t('project'), dataIndex: 'project_id', responsive: ['md' as const], render: projectOf }]),
    { title: t('scopes'), key: 'scopes', responsive: ['lg'], render: (_, key) => <Scopes scopes={key.scopes} /> },
    { title: t('lastUsed'), dataIndex: 'last_used_at', render: (at: string | null) => <DateTime at={at} /> },
    {
      title: t('cost30'),
      key: 'cost',
      align: 'right',
      render: (_, { id }) => {
        const sums = costOf(id);
        return sums ? <Money nanos={sums.cost_nanos} currency={sums.currency} /> : '–';
      },
    },
    {
      title: t('expires'),
      dataIndex: 'expires_at',
      responsive: ['md'],
      render: (at: string | null) => <DateTime at={at} />,
    },
    { title: '', key: 'act', align: 'right', render: (_, key) => <KeyActions apiKey={key} onRotated={onRotated} /> },
  ];
}

function NameOf({ apiKey }: { apiKey: ApiKeyBody }) {
  const t = useTexts(apiKeys);
  const state = stateOf(apiKey);
  return (
    <Flex vertical>
      <Flex gap={8} align="center">
        <strong translate="no">{apiKey.name}</strong>
        {state !== 'active' && <Tag>{t(`states.${state}`)}</Tag>}
      </Flex>
      <Typography.Text type="secondary" translate="no" style={{ fontFamily: 'monospace', fontSize: 12 }}>
        {apiKey.prefix}…
      </Typography.Text>
    </Flex>
  );
}

function Scopes({ scopes }: { scopes: ApiKeyBody['scopes'] }) {
  const t = useTexts(apiKeys);
  const nameOf = useScopeNames();
  const hidden = scopes.slice(SCOPES_SHOWN);
  return (
    <Flex gap={4}>
      {scopes.slice(0, SCOPES_SHOWN).map((scope) => (
        <Tag key={scope}>{nameOf(scope)}</Tag>
      ))}
      {hidden.length > 0 && (
        <Tooltip title={hidden.map((scope) => nameOf(scope)).join(', ')}>
          <Tag tabIndex={0}>{t('more', { count: hidden.length })}</Tag>
        </Tooltip>
      )}
    </Flex>
  );
}
