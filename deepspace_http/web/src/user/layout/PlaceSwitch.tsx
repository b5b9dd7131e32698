/** Where the person works: the switch of organization, workspace and project. */
import DownOutlined from '@ant-design/icons/DownOutlined';
import PlusOutlined from '@ant-design/icons/PlusOutlined';
import { Button, Flex, Form, Input, Popover, Select } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useNavigate } from 'react-router';
import { useMe } from '@/api/queries/me';
import { useCreateOrganization, useMembership, useProjects, useWorkspaces } from '@/api/queries/places';
import type { ProjectBody } from '@/api/schema';
import { FormModal } from '@/components/FormModal';
import { usePlaceName } from '@/components/usePlaceName';
import { useTexts } from '@/i18n/i18n';
import { places } from '@/i18n/places';
import { usePlace } from '@/stores/place';
import styles from './PlaceSwitch.module.css';

export function PlaceSwitch() {
  const t = useTexts(places);
  const [isOpen, setOpen] = useState(false);
  const [isCreating, setCreating] = useState(false);
  const trigger = useRef<HTMLButtonElement>(null);
  const membership = useMembership();
  const project = useCurrentProject();
  const nameOf = usePlaceName();
  useKeptPlace();

  function leave() {
    setOpen(false);
    trigger.current?.focus();
  }

  if (!membership) return null;
  const { name } = membership.organization;
  const projectName = project ? nameOf(project) : t('defaultProject');
  return (
    <>
      <Popover
        trigger="click"
        placement="bottomLeft"
        open={isOpen}
        onOpenChange={setOpen}
        destroyOnHidden
        content={<Panel onLeave={leave} onCreate={() => setCreating(true)} />}
      >
        <Button ref={trigger} className={styles.place ?? ''} aria-expanded={isOpen}>
          <span className={styles.initial} aria-hidden translate="no">
            {[...name][0]?.toUpperCase()}
          </span>
          <span className={styles.names} translate="no">
            <strong>{name}</strong>
            <span className={styles.sub}>{projectName}</span>
          </span>
          <span className="visually-hidden">{t('switchLabel')}</span>
          <DownOutlined aria-hidden style={{ fontSize: 11 }} />
        </Button>
      </Popover>
      <NewOrganization isOpen={isCreating} onClose={() => setCreating(false)} />
    </>
  );
}

function Panel({ onLeave, onCreate }: { onLeave: () => void; onCreate: () => void }) {
  const t = useTexts(places);
  const navigate = useNavigate();
  const { data: me } = useMe();
  const membership = useMembership();
  const { workspaceId, enterOrg, enterWorkspace, enterProject } = usePlace();
  const { data: workspaces = [] } = useWorkspaces();
  const { data: projects = [] } = useProjects();
  const project = useCurrentProject();
  const nameOf = usePlaceName();
  const inReach = projects.filter((one) => workspaceId === null || one.workspace_id === workspaceId);
  const organizations = (me?.organizations ?? []).map(({ organization }) => ({
    value: organization.id,
    label: organization.kind === 'personal' ? `${organization.name} · ${t('personal')}` : organization.name,
  }));
  return (
    <Form
      layout="vertical"
      className={styles.panel ?? ''}
      component="div"
      onKeyDown={(event) => event.key === 'Escape' && onLeave()}
    >
      <Form.Item label={t('organization')} htmlFor="place-organization">
        <Select
          id="place-organization"
          autoFocus
          showSearch={{ optionFilterProp: 'label' }}
          value={membership?.organization.id ?? null}
          options={organizations}
          onChange={(orgId) => enterOrg(orgId === me?.user.personal_org_id ? null : orgId)}
        />
      </Form.Item>
      {workspaces.length > 1 && (
        <Form.Item label={t('workspace')} htmlFor="place-workspace">
          <Select
            id="place-workspace"
            showSearch={{ optionFilterProp: 'label' }}
            value={workspaceId ?? ''}
            options={[
              { value: '', label: t('allWorkspaces') },
              ...workspaces.map((one) => ({ value: one.id, label: nameOf(one) })),
            ]}
            onChange={(id: string) => enterWorkspace(id || null)}
          />
        </Form.Item>
      )}
      <Form.Item label={t('project')} htmlFor="place-project">
        <Select
          id="place-project"
          showSearch={{ optionFilterProp: 'label' }}
          value={project?.id ?? null}
          options={inReach.map((one) => ({ value: one.id, label: nameOf(one) }))}
          onChange={enterProject}
        />
      </Form.Item>
      <Flex vertical gap={8}>
        <Button
          block
          onClick={() => {
            navigate('/organization');
            onLeave();
          }}
        >
          {t('manage')}
        </Button>
        <Button
          block
          icon={<PlusOutlined />}
          onClick={() => {
            onCreate();
            onLeave();
          }}
        >
          {t('newOrganization')}
        </Button>
      </Flex>
    </Form>
  );
}

function NewOrganization({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const t = useTexts(places);
  const create = useCreateOrganization();
  return (
    <FormModal<{ name: string }>
      title={t('newOrganization')}
      verb={t('newOrganization')}
      isOpen={isOpen}
      onClose={onClose}
      onSend={({ name }) => create.mutateAsync(name)}
    >
      <p style={{ marginBlockStart: 0 }}>{t('newOrganizationHint')}</p>
      <Form.Item name="name" label={t('name')} rules={[{ required: true, message: t('missing') }, { max: 120 }]}>
        <Input autoFocus />
      </Form.Item>
    </FormModal>
  );
}

/** The project that calls are counted in: the chosen one, else the organization's default. */
export function useCurrentProject(): ProjectBody | null {
  const projectId = usePlace((place) => place.projectId);
  const { data: projects } = useProjects();
  const chosen = projects?.find((project) => project.id === projectId);
  return chosen ?? projects?.find((project) => project.is_default) ?? null;
}

/** A remembered place may be gone since: left, removed, archived. Then the one above it is entered. */
function useKeptPlace(): void {
  const { data: me } = useMe();
  const { orgId, projectId, enterOrg, enterProject } = usePlace();
  const { data: projects, isPlaceholderData } = useProjects();
  const isLost =
    me != null && orgId !== null && !me.organizations.some(({ organization }) => organization.id === orgId);
  const isGone = projects !== undefined && projectId !== null && !projects.some((project) => project.id === projectId);
  useEffect(() => {
    if (isLost) enterOrg(null);
    else if (isGone && !isPlaceholderData) enterProject(null);
  }, [isLost, isGone, isPlaceholderData, enterOrg, enterProject]);
}
