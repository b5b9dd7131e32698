/** Registration; logs in at once. Where it is closed, says so before anybody fills in a form. */
import { Alert, Button, Flex, Form, Input } from 'antd';
import { useState } from 'react';
import { Link, useNavigate, useSearchParams } from 'react-router';
import { useLogIn, useRegister } from '@/api/queries/me';
import { useRegistration } from '@/api/queries/profile';
import { ErrorNotice } from '@/components/ErrorNotice';
import { showAtField } from '@/components/fieldErrors';
import { PageHeader } from '@/components/PageHeader';
import { PageLoading } from '@/components/PageLoading';
import { auth } from '@/i18n/auth';
import { errors } from '@/i18n/errors';
import { languageTag, useTexts } from '@/i18n/i18n';
import { goNext } from './goNext';
import { NewPassword } from './NewPassword';

interface Fields {
  display_name: string;
  email: string;
  password: string;
}

export function Component() {
  const t = useTexts(auth);
  const [params] = useSearchParams();
  const { data: registration, error, refetch } = useRegistration();
  return (
    <>
      <PageHeader title={t('register')} />
      {error && <ErrorNotice error={error} onRetry={() => refetch()} />}
      {!registration && !error && <PageLoading />}
      {registration?.open === false && (
        <Alert showIcon type="info" title={t('closed.title')} description={t('closed.body')} />
      )}
      {registration?.open && <RegistrationForm charsMin={registration.password_chars_min} />}
      <p style={{ marginBlock: '16px 0' }}>
        {t('hasAccount')} <Link to={{ pathname: '/login', search: params.toString() }}>{t('logIn')}</Link>
      </p>
    </>
  );
}

function RegistrationForm({ charsMin }: { charsMin: number }) {
  const t = useTexts(auth);
  const words = useTexts(errors);
  const [form] = Form.useForm<Fields>();
  const { send, fault, isSending } = useRegistering((error) => showAtField(form, error, words));
  const required = { required: true, message: t('missing') };
  return (
    <Form<Fields> form={form} layout="vertical" requiredMark={false} onFinish={send}>
      <Form.Item name="display_name" label={t('displayName')} rules={[required, { max: 80 }]}>
        <Input autoComplete="name" autoFocus />
      </Form.Item>
      <Form.Item
        name="email"
        label={t('email')}
        rules={[required, { type: 'email', message: t('noAddress') }]}
        validateTrigger="onBlur"
      >
        <Input type="email" autoComplete="username" />
      </Form.Item>
      <NewPassword name="password" label={t('password')} charsMin={charsMin} ownFields={['display_name', 'email']} />
      <Flex vertical gap={16}>
        {fault !== null && <ErrorNotice error={fault} />}
        <Button type="primary" htmlType="submit" size="large" block loading={isSending}>
          {t('register')}
        </Button>
      </Flex>
    </Form>
  );
}

/** Registers and logs in. `isPlaced`: whether an error found its field. */
function useRegistering(isPlaced: (error: unknown) => boolean) {
  const navigate = useNavigate();
  const [params] = useSearchParams();
  const register = useRegister();
  const logIn = useLogIn();
  const [fault, setFault] = useState<unknown>(null);

  async function send(fields: Fields) {
    setFault(null);
    try {
      const time_zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
      await register.mutateAsync({ ...fields, language: languageTag(), time_zone });
      await logIn.mutateAsync({ email: fields.email, password: fields.password });
      goNext(params.get('next'), navigate);
    } catch (error) {
      if (!isPlaced(error)) setFault(error);
    }
  }

  return { send, fault, isSending: register.isPending || logIn.isPending };
}
