/** The workspaces of the organization. */
import { Button, Flex, Form, Input, Tag } from 'antd';
import { useState } from 'react';
import {
  useArchiveWorkspace,
  useCreateWorkspace,
  useMay,
  useUpdateWorkspace,
  useWorkspaces,
} from '@/api/queries/places';
import type { WorkspaceBody } from '@/api/schema';
import { ConfirmDanger } from '@/components/ConfirmDanger';
import { DateTime } from '@/components/DateTime';
import { FormModal } from '@/components/FormModal';
import { LoadedTable } from '@/components/LoadedTable';
import { Section } from '@/components/Section';
import { usePlaceName } from '@/components/usePlaceName';
import { useTexts } from '@/i18n/i18n';
import { places } from '@/i18n/places';

interface Fields {
  name: string;
  slug: string;
}

const SLUG = /^[a-z0-9]+(-[a-z0-9]+)*$/;

export function WorkspacesTab() {
  const t = useTexts(places);
  const may = useMay();
  const [isCreating, setCreating] = useState(false);
  const [edited, setEdited] = useState<WorkspaceBody | null>(null);
  const workspaces = useWorkspaces(true);
  const create = useCreateWorkspace();
  const update = useUpdateWorkspace(edited?.id ?? '');
  const mayManage = may('workspaces:manage');
  return (
    <Section
      title={t('tabs.workspaces')}
      hint={t('workspaceHint')}
      actions={mayManage && <Button onClick={() => setCreating(true)}>{t('newWorkspace')}</Button>}
    >
      <LoadedTable<WorkspaceBody>
        label={t('tabs.workspaces')}
        list={workspaces}
        rowKey="id"
        empty={null}
        columns={[
          { title: t('name'), key: 'name', render: (_, workspace) => <Name workspace={workspace} /> },
          { title: t('slug'), dataIndex: 'slug', render: (slug: string) => <code>{slug}</code> },
          {
            title: t('created'),
            dataIndex: 'created_at',
            responsive: ['md'],
            render: (at: string) => <DateTime at={at} />,
          },
          {
            title: '',
            key: 'act',
            align: 'right',
            render: (_, workspace) =>
              mayManage && <Actions workspace={workspace} onEdit={() => setEdited(workspace)} />,
          },
        ]}
      />
      <FormModal<Fields>
        title={t('newWorkspace')}
        verb={t('newWorkspace')}
        isOpen={isCreating}
        onClose={() => setCreating(false)}
        onSend={(fields) => create.mutateAsync(fields)}
      >
        <WorkspaceFields />
      </FormModal>
      <FormModal<Fields>
        title={t('editWorkspace')}
        verb={t('edit')}
        isOpen={edited !== null}
        onClose={() => setEdited(null)}
        initial={{ name: edited?.name ?? '', slug: edited?.slug ?? '' }}
        onSend={(fields) => update.mutateAsync(fields)}
      >
        <p style={{ marginBlockStart: 0 }}>{t('slugChange')}</p>
        <WorkspaceFields />
      </FormModal>
    </Section>
  );
}

function Name({ workspace }: { workspace: WorkspaceBody }) {
  const t = useTexts(places);
  return (
    <Flex gap={8} align="center">
      <strong translate="no">{usePlaceName()(workspace)}</strong>
      {workspace.is_default && <Tag>{t('default')}</Tag>}
      {workspace.archived_at && <Tag>{t('archived')}</Tag>}
    </Flex>
  );
}

function Actions({ workspace, onEdit }: { workspace: WorkspaceBody; onEdit: () => void }) {
  const t = useTexts(places);
  const archive = useArchiveWorkspace();
  if (workspace.archived_at) return null;
  return (
    <Flex gap={4} justify="flex-end">
      <Button type="text" aria-label={`${t('edit')}: ${workspace.name}`} onClick={onEdit}>
        {t('edit')}
      </Button>
      {!workspace.is_default && (
        <ConfirmDanger
          title={t('archiveWorkspaceTitle', { name: workspace.name })}
          consequence={t('archiveWorkspaceHint')}
          verb={t('archive')}
          trigger={t('archive')}
          triggerProps={{ type: 'text', 'aria-label': `${t('archive')}: ${workspace.name}` }}
          onConfirm={() => archive.mutateAsync(workspace.id)}
        />
      )}
    </Flex>
  );
}

function WorkspaceFields() {
  const t = useTexts(places);
  return (
    <>
      <Form.Item name="name" label={t('name')} rules={[{ required: true, message: t('missing') }, { max: 80 }]}>
        <Input autoFocus />
      </Form.Item>
      <Form.Item
        name="slug"
        label={t('slug')}
        extra={t('slugHint')}
        validateTrigger="onBlur"
        rules={[
          { required: true, message: t('missing') },
          { min: 3, max: 48, pattern: SLUG, message: t('slugHint') },
        ]}
      >
        <Input autoComplete="off" spellCheck={false} />
      </Form.Item>
    </>
  );
}
