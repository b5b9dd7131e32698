/** One project: what it costs, its keys, who is in it, and its settings. */
import { Alert, Button, Flex, Tabs, Tag } from 'antd';
import { useNavigate, useParams } from 'react-router';
import { useProject } from '@/api/queries/places';
import type { ProjectBody } from '@/api/schema';
import { ErrorNotice } from '@/components/ErrorNotice';
import { Given } from '@/components/Given';
import { PageHeader } from '@/components/PageHeader';
import { PageLoading } from '@/components/PageLoading';
import { usePlaceName } from '@/components/usePlaceName';
import { useTexts } from '@/i18n/i18n';
import { places } from '@/i18n/places';
import { Page } from '@/shell/Frame';
import { usePlace } from '@/stores/place';
import { useCurrentProject } from '../../layout/PlaceSwitch';
import { ApiKeyTable } from '../api-keys/ApiKeyTable';
import { ProjectMembers } from './ProjectMembers';
import { ProjectOverview } from './ProjectOverview';
import { ProjectSettings } from './ProjectSettings';

const TABS = ['overview', 'keys', 'members', 'settings'] as const;

export function Component() {
  const { projectId = '' } = useParams();
  const { data: project, error, refetch } = useProject(projectId);
  if (error) {
    return (
      <Page>
        <ErrorNotice error={error} onRetry={() => refetch()} />
      </Page>
    );
  }
  return project ? <Loaded project={project} /> : <PageLoading />;
}

function Loaded({ project }: { project: ProjectBody }) {
  const t = useTexts(places);
  const navigate = useNavigate();
  const { tab = 'overview' } = useParams();
  const content = {
    overview: <ProjectOverview project={project} />,
    keys: <ApiKeyTable project={project} />,
    members: <ProjectMembers />,
    settings: <ProjectSettings key={project.id} project={project} />,
  };
  const labels = { overview: t('overview'), keys: t('keys'), members: t('members'), settings: t('settings') };
  return (
    <Page>
      <PageHeader
        title={usePlaceName()(project)}
        isGiven
        description={project.description && <Given>{project.description}</Given>}
        actions={<Enter project={project} />}
      />
      {project.archived_at && (
        <Alert showIcon type="warning" title={t('archivedSince')} style={{ marginBlockEnd: 16 }} />
      )}
      <Tabs
        activeKey={tab}
        destroyOnHidden
        onChange={(key) => navigate(`/projects/${project.id}/${key}`, { replace: true })}
        items={TABS.map((key) => ({ key, label: labels[key], children: content[key] }))}
      />
    </Page>
  );
}

/** Chats that are begun from now on are counted in this project. */
function Enter({ project }: { project: ProjectBody }) {
  const t = useTexts(places);
  const current = useCurrentProject();
  const enterProject = usePlace((place) => place.enterProject);
  if (project.archived_at) return null;
  if (current?.id === project.id) return <Tag color="blue">{t('here')}</Tag>;
  return (
    <Flex gap={8}>
      <Button onClick={() => enterProject(project.id)}>{t('enter')}</Button>
    </Flex>
  );
}
