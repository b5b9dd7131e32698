/** Name, language and time zone. */
import { App, Button, Form, Input, Select } from 'antd';
import { useMemo } from 'react';
import { useUpdateProfile } from '@/api/queries/profile';
import type { UserBody } from '@/api/schema';
import { ErrorNotice } from '@/components/ErrorNotice';
import { Section } from '@/components/Section';
import { common } from '@/i18n/common';
import { chooseLanguage, LANGUAGES, useTexts } from '@/i18n/i18n';
import { profile } from '@/i18n/profile';

interface Fields {
  display_name: string;
  language: string;
  time_zone: string;
}

/** What the gateway calls the languages of the page. */
const TAGS = [
  { value: 'en', label: LANGUAGES.en },
  { value: 'zh-CN', label: LANGUAGES.zh },
];

export function AboutYou({ user }: { user: UserBody }) {
  const t = useTexts(profile);
  const words = useTexts(common);
  const { message } = App.useApp();
  const update = useUpdateProfile();
  const zones = useZones(user.time_zone);

  function save(fields: Fields) {
    update.mutate(fields, {
      onSuccess: () => {
        chooseLanguage(fields.language === 'zh-CN' ? 'zh' : 'en');
        message.success(t('saved'));
      },
    });
  }

  return (
    <Section title={t('you')} hint={t('youHint')}>
      <Form<Fields>
        layout="vertical"
        requiredMark={false}
        style={{ maxWidth: 480 }}
        initialValues={{ display_name: user.display_name, language: user.language, time_zone: user.time_zone }}
        onFinish={save}
      >
        <Form.Item
          name="display_name"
          label={t('name')}
          rules={[{ required: true, message: t('missing') }, { max: 80 }]}
        >
          <Input autoComplete="name" />
        </Form.Item>
        <Form.Item label={t('email')} extra={t('emailHint')} htmlFor="own-email">
          <Input id="own-email" value={user.email} readOnly variant="filled" />
        </Form.Item>
        <Form.Item name="language" label={t('language')}>
          <Select options={TAGS} />
        </Form.Item>
        <Form.Item name="time_zone" label={t('timeZone')} extra={t('timeZoneHint')}>
          <Select showSearch options={zones} />
        </Form.Item>
        {update.error && <ErrorNotice error={update.error} />}
        <Button type="primary" htmlType="submit" loading={update.isPending}>
          {words('save')}
        </Button>
      </Form>
    </Section>
  );
}

/** Those that the browser knows, and the one that is chosen even where it does not. */
function useZones(chosen: string): { value: string; label: string }[] {
  return useMemo(() => {
    const names = new Set(['UTC', ...Intl.supportedValuesOf('timeZone'), chosen]);
    return [...names].sort().map((value) => ({ value, label: value.replaceAll('_', ' ') }));
  }, [chosen]);
}
