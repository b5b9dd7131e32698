/** The projects of the organization, and what each has cost this month. */
import { Button, Flex, Form, Input, Select, Tag } from 'antd';
import { useMemo, useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { api, unwrap } from '@/api/client';
import { useUsageBreakdown } from '@/api/queries/billing';
import { useCreateProject, useMay, useWorkspaces } from '@/api/queries/places';
import type { ProjectBody } from '@/api/schema';
import { CursorTable } from '@/components/CursorTable';
import { DateTime, useTimeZone } from '@/components/DateTime';
import { EmptyState } from '@/components/EmptyState';
import { FormModal } from '@/components/FormModal';
import type { Filter } from '@/components/filters';
import { Given } from '@/components/Given';
import { Money } from '@/components/Money';
import { formatCount } from '@/components/numbers';
import { PageHeader } from '@/components/PageHeader';
import { usePlaceName } from '@/components/usePlaceName';
import { useLanguage, useTexts } from '@/i18n/i18n';
import { places } from '@/i18n/places';
import { Page } from '@/shell/Frame';
import { useCurrentProject } from '../../layout/PlaceSwitch';
import { thisMonth } from '../billing/spans';

export function Component() {
  const t = useTexts(places);
  const may = useMay();
  const [isCreating, setCreating] = useState(false);
  const create = may('projects:manage') && (
    <Button type="primary" onClick={() => setCreating(true)}>
      {t('newProject')}
    </Button>
  );
  return (
    <Page>
      <PageHeader title={t('projects')} description={t('projectsHint')} actions={create} />
      <CursorTable<ProjectBody>
        label={t('projects')}
        queryKey={['projects', 'table']}
        load={(page, { workspace_id, state }) =>
          unwrap(
            api.GET('/api/v1/projects', {
              params: { query: { ...page, ...(workspace_id && { workspace_id }), with_archived: state === 'all' } },
            }),
          )
        }
        rowKey="id"
        filters={useProjectFilters()}
        columns={useColumns()}
        empty={<EmptyState title={t('noProjects')} hint={t('noProjectsHint')} action={create} />}
      />
      <NewProject isOpen={isCreating} onClose={() => setCreating(false)} />
    </Page>
  );
}

function useProjectFilters(): Filter[] {
  const t = useTexts(places);
  const { data: workspaces = [] } = useWorkspaces();
  const state: Filter = {
    key: 'state',
    label: t('state'),
    kind: 'select',
    options: [{ value: 'all', label: t('showArchived') }],
  };
  if (workspaces.length < 2) return [state];
  const options = workspaces.map(({ id, name }) => ({ value: id, label: name }));
  return [{ key: 'workspace_id', label: t('workspace'), kind: 'select', options }, state];
}

function useColumns() {
  const t = useTexts(places);
  const language = useLanguage();
  const { data: workspaces = [] } = useWorkspaces(true);
  const used = useMonth();
  const nameOf = usePlaceName();
  const workspaceOf = (id: string) => {
    const found = workspaces.find((one) => one.id === id);
    return found ? <Given>{nameOf(found)}</Given> : '–';
  };
  const several = workspaces.length > 1;
  return [
    { title: t('project'), key: 'name', render: (_: unknown, project: ProjectBody) => <Name project={project} /> },
    ...(several
      ? [{ title: t('workspace'), dataIndex: 'workspace_id', responsive: ['md' as const], render: workspaceOf }]
      : []),
    {
      title: t('costMonth'),
      key: 'cost',
      align: 'right' as const,
      render: (_: unknown, { id }: ProjectBody) => {
        const sums = used.get(id);
        return sums ? <Money nanos={sums.cost_nanos} currency={sums.currency} /> : '–';
      },
    },
    {
      title: t('callsMonth'),
      key: 'calls',
      align: 'right' as const,
      render: (_: unknown, { id }: ProjectBody) => formatCount(used.get(id)?.requests ?? 0, language),
    },
    {
      title: t('created'),
      dataIndex: 'created_at',
      responsive: ['md' as const],
      render: (at: string) => <DateTime at={at} />,
    },
  ];
}

/** What each project has used this month: one request for all of them. */
function useMonth() {
  const zone = useTimeZone();
  const may = useMay();
  const span = useMemo(() => thisMonth(zone), [zone]);
  const { data } = useUsageBreakdown(span, 'project', {}, may('usage:read'));
  return new Map(data?.parts.map(({ value, sums }) => [value, sums]));
}

function Name({ project }: { project: ProjectBody }) {
  const t = useTexts(places);
  const current = useCurrentProject();
  return (
    <Flex vertical>
      <Flex gap={8} align="center">
        <Link to={`/projects/${project.id}`}>
          <strong translate="no">{usePlaceName()(project)}</strong>
        </Link>
        {project.is_default && <Tag>{t('default')}</Tag>}
        {project.archived_at && <Tag>{t('archived')}</Tag>}
        {current?.id === project.id && <Tag color="blue">{t('here')}</Tag>}
      </Flex>
      {project.description && (
        <span translate="no" style={{ color: 'var(--ant-color-text-secondary)', maxWidth: '48ch' }}>
          {project.description}
        </span>
      )}
    </Flex>
  );
}

interface Fields {
  name: string;
  description?: string;
  workspace_id?: string;
}

function NewProject({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const t = useTexts(places);
  const navigate = useNavigate();
  const create = useCreateProject();
  const { data: workspaces = [] } = useWorkspaces();
  const home = workspaces.find((one) => one.is_default)?.id;
  return (
    <FormModal<Fields>
      title={t('newProject')}
      verb={t('newProject')}
      isOpen={isOpen}
      onClose={onClose}
      initial={home ? { workspace_id: home } : {}}
      onSend={async (fields) => {
        const { id } = await create.mutateAsync({ ...fields, description: fields.description ?? '' });
        navigate(`/projects/${id}`);
      }}
    >
      <Form.Item name="name" label={t('name')} rules={[{ required: true, message: t('missing') }, { max: 80 }]}>
        <Input autoFocus />
      </Form.Item>
      <Form.Item name="description" label={t('about')}>
        <Input.TextArea autoSize={{ minRows: 2, maxRows: 6 }} maxLength={2000} />
      </Form.Item>
      {workspaces.length > 1 && (
        <Form.Item name="workspace_id" label={t('workspace')}>
          <Select options={workspaces.map(({ id, name }) => ({ value: id, label: name }))} />
        </Form.Item>
      )}
    </FormModal>
  );
}
