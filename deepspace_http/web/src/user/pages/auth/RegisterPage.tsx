/** Registration; logs in at once. */
import { Button, Flex, Form, Input } from 'antd';
import { Link, useNavigate, useSearchParams } from 'react-router';
import { useLogIn, useRegister } from '@/api/queries/me';
import { ErrorNotice } from '@/components/ErrorNotice';
import { PageHeader } from '@/components/PageHeader';
import { auth } from '@/i18n/auth';
import { useLanguage, useTexts } from '@/i18n/i18n';
import { goNext } from './goNext';

interface Fields {
  display_name: string;
  email: string;
  password: string;
}

export function Component() {
  const t = useTexts(auth);
  const language = useLanguage();
  const navigate = useNavigate();
  const [params] = useSearchParams();
  const register = useRegister();
  const logIn = useLogIn();

  async function finish(fields: Fields) {
    const time_zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    await register.mutateAsync({ ...fields, language: language === 'zh' ? 'zh-CN' : 'en', time_zone });
    await logIn.mutateAsync({ email: fields.email, password: fields.password });
    goNext(params.get('next'), navigate);
  }

  const fault = register.error ?? logIn.error;
  return (
    <>
      <PageHeader title={t('register')} />
      <Form layout="vertical" requiredMark={false} onFinish={(fields: Fields) => void finish(fields).catch(() => {})}>
        <Form.Item name="display_name" label={t('displayName')} rules={[{ required: true }]}>
          <Input autoComplete="name" autoFocus />
        </Form.Item>
        <Form.Item name="email" label={t('email')} rules={[{ required: true }]}>
          <Input type="email" autoComplete="username" />
        </Form.Item>
        <Form.Item name="password" label={t('password')} rules={[{ required: true }]}>
          <Input.Password autoComplete="new-password" />
        </Form.Item>
        <Flex vertical gap={16}>
          {fault && <ErrorNotice error={fault} />}
          <Button type="primary" htmlType="submit" block loading={register.isPending || logIn.isPending}>
            {t('register')}
          </Button>
          <span>
            {t('hasAccount')} <Link to={{ pathname: '/login', search: params.toString() }}>{t('logIn')}</Link>
          </span>
        </Flex>
      </Form>
    </>
  );
}
