/** A new password. */
import { App, Button, Form, Input } from 'antd';
import { ApiError } from '@/api/errors';
import { useChangePassword, useRegistration } from '@/api/queries/profile';
import type { UserBody } from '@/api/schema';
import { ErrorNotice } from '@/components/ErrorNotice';
import { errorLine } from '@/components/errorText';
import { Section } from '@/components/Section';
import { errors } from '@/i18n/errors';
import { useTexts } from '@/i18n/i18n';
import { profile } from '@/i18n/profile';
import { NewPassword } from '../auth/NewPassword';

interface Fields {
  current_password: string;
  new_password: string;
}

const CHARS_MIN = 10;

export function PasswordForm({ user }: { user: UserBody }) {
  const t = useTexts(profile);
  const words = useTexts(errors);
  const { message } = App.useApp();
  const { data: registration } = useRegistration();
  const change = useChangePassword();
  const [form] = Form.useForm<Fields>();

  function save(fields: Fields) {
    change.mutate(fields, {
      onSuccess: ({ sessions_ended: count }) => {
        form.resetFields();
        message.success(t('changed', { count }));
      },
      onError: (error) => {
        if (!(error instanceof ApiError) || error.param !== 'current_password') return;
        form.setFields([{ name: 'current_password', errors: [errorLine(error, words)] }]);
        change.reset();
      },
    });
  }

  return (
    <Section title={t('password')} hint={t('passwordHint')}>
      <Form<Fields> form={form} layout="vertical" requiredMark={false} style={{ maxWidth: 480 }} onFinish={save}>
        {/* For managers of passwords, which otherwise don't know whose it is. */}
        <input type="text" autoComplete="username" value={user.email} readOnly hidden />
        <Form.Item name="current_password" label={t('current')} rules={[{ required: true, message: t('missing') }]}>
          <Input.Password autoComplete="current-password" />
        </Form.Item>
        <NewPassword
          name="new_password"
          label={t('wanted')}
          charsMin={registration?.password_chars_min ?? CHARS_MIN}
          own={[user.email, user.display_name]}
        />
        {change.error && <ErrorNotice error={change.error} />}
        <Button type="primary" htmlType="submit" loading={change.isPending}>
          {t('change')}
        </Button>
      </Form>
    </Section>
  );
}
