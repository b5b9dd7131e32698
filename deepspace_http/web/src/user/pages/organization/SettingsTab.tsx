/** Name of the organization, and what becomes of answers whose client has gone. */
import { App, Button, Form, Input, Radio } from 'antd';
import { useMay, useUpdateOrganization } from '@/api/queries/places';
import type { OrganizationBody } from '@/api/schema';
import { ErrorNotice } from '@/components/ErrorNotice';
import { Section } from '@/components/Section';
import { common } from '@/i18n/common';
import { useTexts } from '@/i18n/i18n';
import { places } from '@/i18n/places';

export function SettingsTab({ organization }: { organization: OrganizationBody }) {
  const t = useTexts(places);
  const words = useTexts(common);
  const may = useMay();
  const { message } = App.useApp();
  const update = useUpdateOrganization(organization.id);
  const mayManage = may('organization:manage');
  return (
    <Section title={t('tabs.settings')} hint={mayManage ? undefined : t('rolesOnly')}>
      <Form
        layout="vertical"
        requiredMark={false}
        disabled={!mayManage}
        style={{ maxWidth: 560 }}
        initialValues={{ name: organization.name, on_abort: organization.on_abort }}
        onFinish={(fields) => update.mutate(fields, { onSuccess: () => void message.success(t('saved')) })}
      >
        <Form.Item name="name" label={t('name')} rules={[{ required: true, message: t('missing') }, { max: 120 }]}>
          <Input />
        </Form.Item>
        <Form.Item name="on_abort" label={t('onAbort')}>
          <Radio.Group
            vertical
            options={(['drain', 'cancel'] as const).map((value) => ({ value, label: t(`onAborts.${value}`) }))}
          />
        </Form.Item>
        {update.error && <ErrorNotice error={update.error} />}
        <Button type="primary" htmlType="submit" loading={update.isPending}>
          {words('save')}
        </Button>
      </Form>
    </Section>
  );
}
