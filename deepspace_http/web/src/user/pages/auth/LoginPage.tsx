/** Log-in. */
import { Alert, Button, Flex, Form, Input } from 'antd';
import { useState } from 'react';
import { Link, useNavigate, useSearchParams } from 'react-router';
import { useLogIn } from '@/api/queries/me';
import { ErrorNotice } from '@/components/ErrorNotice';
import { PageHeader } from '@/components/PageHeader';
import { auth } from '@/i18n/auth';
import { useTexts } from '@/i18n/i18n';
import { takeEnding } from '@/shell/ending';
import { goNext } from './goNext';

export function Component() {
  const t = useTexts(auth);
  const navigate = useNavigate();
  const [params] = useSearchParams();
  const [ending] = useState(takeEnding);
  const logIn = useLogIn();
  return (
    <>
      <PageHeader title={t('logIn')} />
      {ending && <Alert showIcon type="info" role="status" title={t(ending)} style={{ marginBlockEnd: 20 }} />}
      <Form
        layout="vertical"
        requiredMark={false}
        onFinish={(fields: { email: string; password: string }) =>
          logIn.mutate(fields, { onSuccess: () => goNext(params.get('next'), navigate) })
        }
      >
        <Form.Item name="email" label={t('email')} rules={[{ required: true, message: t('missing') }]}>
          <Input type="email" autoComplete="username" autoFocus />
        </Form.Item>
        <Form.Item name="password" label={t('password')} rules={[{ required: true, message: t('missing') }]}>
          <Input.Password autoComplete="current-password" />
        </Form.Item>
        <Flex vertical gap={16}>
          {logIn.error && <ErrorNotice error={logIn.error} />}
          <Button type="primary" htmlType="submit" size="large" block loading={logIn.isPending}>
            {t('logIn')}
          </Button>
          <span>
            {t('noAccount')} <Link to={{ pathname: '/register', search: params.toString() }}>{t('register')}</Link>
          </span>
        </Flex>
      </Form>
    </>
  );
}
