/** What an administrator does to a user. Each asks once, and stands in the audit trail afterwards. */
import { App, Button, Flex, Form, Input, Modal } from 'antd';
import { useState } from 'react';
import { useUserSteps } from '@/api/queries/people';
import type { UserBody } from '@/api/schema';
import { ConfirmDanger } from '@/components/ConfirmDanger';
import { ErrorNotice } from '@/components/ErrorNotice';
import { errorLine } from '@/components/errorText';
import { adminUsers } from '@/i18n/adminUsers';
import { common } from '@/i18n/common';
import { errors } from '@/i18n/errors';
import { useTexts } from '@/i18n/i18n';

const PASSWORD_CHARACTERS_MIN = 10;

export function UserActions({ user }: { user: UserBody }) {
  const t = useTexts(adminUsers);
  const steps = useUserSteps(user.id);
  const name = user.display_name;
  const toAdministrator = !user.is_administrator;
  const words = toAdministrator ? 'grant' : 'withdraw';
  return (
    <>
      <ResetPassword user={user} />
      <ConfirmDanger
        trigger={t(`user.${words}`)}
        triggerProps={{ danger: !toAdministrator }}
        title={t(`user.${words}Title`, { name })}
        consequence={t(`user.${words}Consequence`)}
        verb={t(`user.${words}`)}
        asksReason
        onConfirm={(reason) => steps.grant(toAdministrator, reason)}
      />
      {user.disabled_at ? (
        <EnableButton onEnable={steps.enable} />
      ) : (
        <ConfirmDanger
          trigger={t('user.disable')}
          title={t('user.disableTitle', { name })}
          consequence={t('user.disableConsequence')}
          verb={t('user.disable')}
          asksReason
          onConfirm={steps.disable}
        />
      )}
    </>
  );
}

function EnableButton({ onEnable }: { onEnable: () => Promise<unknown> }) {
  const t = useTexts(adminUsers);
  const faults = useTexts(errors);
  const { message } = App.useApp();
  const [isRunning, setRunning] = useState(false);

  async function run() {
    setRunning(true);
    await onEnable().catch((error: unknown) => message.error(errorLine(error, faults)));
    setRunning(false);
  }

  return (
    <Button type="primary" loading={isRunning} onClick={run}>
      {t('user.enable')}
    </Button>
  );
}

function ResetPassword({ user }: { user: UserBody }) {
  const t = useTexts(adminUsers);
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>{t('user.reset')}</Button>
      <Modal
        open={isOpen}
        title={t('user.resetTitle', { name: user.display_name })}
        footer={null}
        destroyOnHidden
        onCancel={() => setOpen(false)}
      >
        <PasswordForm user={user} onClose={() => setOpen(false)} />
      </Modal>
    </>
  );
}

function PasswordForm({ user, onClose }: { user: UserBody; onClose: () => void }) {
  const t = useTexts(adminUsers);
  const words = useTexts(common);
  const steps = useUserSteps(user.id);
  const { message } = App.useApp();
  const [isRunning, setRunning] = useState(false);
  const [fault, setFault] = useState<unknown>(null);

  async function set({ password }: { password: string }) {
    setRunning(true);
    try {
      await steps.resetPassword(password);
      void message.success(t('user.resetDone'));
      onClose();
    } catch (error) {
      setFault(error);
    } finally {
      setRunning(false);
    }
  }

  return (
    <Form layout="vertical" name="reset-password" onFinish={set}>
      <p>{t('user.resetConsequence')}</p>
      <Form.Item
        name="password"
        label={t('users.password')}
        extra={t('users.passwordHint')}
        rules={[{ required: true, min: PASSWORD_CHARACTERS_MIN }]}
      >
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      {fault !== null && <ErrorNotice error={fault} />}
      <Flex gap={8} justify="flex-end">
        <Button onClick={onClose}>{words('cancel')}</Button>
        <Button danger type="primary" htmlType="submit" loading={isRunning}>
          {t('user.reset')}
        </Button>
      </Flex>
    </Form>
  );
}
