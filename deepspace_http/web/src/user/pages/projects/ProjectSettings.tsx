/** Name and description of a project, and putting it away. */
import { App, Button, Flex, Form, Input } from 'antd';
import { useArchiveProject, useMay, useUpdateProject } from '@/api/queries/places';
import type { ProjectBody } from '@/api/schema';
import { ConfirmDanger } from '@/components/ConfirmDanger';
import { ErrorNotice } from '@/components/ErrorNotice';
import { showAtField } from '@/components/fieldErrors';
import { Section } from '@/components/Section';
import { common } from '@/i18n/common';
import { errors } from '@/i18n/errors';
import { useTexts } from '@/i18n/i18n';
import { places } from '@/i18n/places';

export function ProjectSettings({ project }: { project: ProjectBody }) {
  const t = useTexts(places);
  const may = useMay();
  const mayManage = may('projects:manage') && project.archived_at === null;
  return (
    <Flex vertical gap={16}>
      <Section title={t('settings')} hint={may('projects:manage') ? undefined : t('rolesOnly')}>
        <Terms project={project} mayManage={mayManage} />
      </Section>
      {mayManage && <Archive project={project} />}
    </Flex>
  );
}

function Terms({ project, mayManage }: { project: ProjectBody; mayManage: boolean }) {
  const t = useTexts(places);
  const words = useTexts(common);
  const refusals = useTexts(errors);
  const { message } = App.useApp();
  const [form] = Form.useForm<{ name: string; description: string }>();
  const update = useUpdateProject(project.id);
  return (
    <Form
      form={form}
      layout="vertical"
      requiredMark={false}
      disabled={!mayManage}
      style={{ maxWidth: 560 }}
      initialValues={{ name: project.name, description: project.description }}
      onFinish={(fields) =>
        update.mutate(fields, {
          onSuccess: () => void message.success(t('saved')),
          onError: (error) => showAtField(form, error, refusals) && update.reset(),
        })
      }
    >
      <Form.Item name="name" label={t('name')} rules={[{ required: true, message: t('missing') }, { max: 80 }]}>
        <Input />
      </Form.Item>
      <Form.Item name="description" label={t('about')}>
        <Input.TextArea autoSize={{ minRows: 3, maxRows: 10 }} maxLength={2000} showCount />
      </Form.Item>
      {update.error && <ErrorNotice error={update.error} />}
      <Button type="primary" htmlType="submit" loading={update.isPending}>
        {words('save')}
      </Button>
    </Form>
  );
}

function Archive({ project }: { project: ProjectBody }) {
  const t = useTexts(places);
  const archive = useArchiveProject(project.id);
  if (project.is_default) return <Section title={t('archiveProject')}>{t('defaultKept')}</Section>;
  return (
    <Section title={t('archiveProject')} hint={t('archiveProjectHint')}>
      <ConfirmDanger
        title={t('archiveProjectTitle', { name: project.name })}
        consequence={t('archiveProjectHint')}
        verb={t('archive')}
        trigger={t('archiveProject')}
        word={project.name}
        onConfirm={() => archive.mutateAsync()}
      />
    </Section>
  );
}
