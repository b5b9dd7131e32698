/** What an administrator does to a user. Each asks once, and stands in the audit trail afterwards. */
import { App, Button, Form, Input } from 'antd';
import { useState } from 'react';
import { useUserSteps } from '@/api/queries/people';
import type { UserBody } from '@/api/schema';
import { ConfirmDanger } from '@/components/ConfirmDanger';
import { FormDialog } from '@/components/FormDialog';
import { ReasonField } from '@/components/ReasonField';
import { useTellFault } from '@/components/useTellFault';
import { adminUsers } from '@/i18n/adminUsers';
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
        reason="needed"
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
          reason="needed"
          onConfirm={steps.disable}
        />
      )}
    </>
  );
}

function EnableButton({ onEnable }: { onEnable: () => Promise<unknown> }) {
  const t = useTexts(adminUsers);
  const tell = useTellFault();
  const [isRunning, setRunning] = useState(false);

  async function run() {
    setRunning(true);
    await onEnable().catch(tell);
    setRunning(false);
  }

  return (
    <Button type="primary" loading={isRunning} onClick={run}>
      {t('user.enable')}
    </Button>
  );
}

interface NewPassword {
  password: string;
  reason?: string;
}

function ResetPassword({ user }: { user: UserBody }) {
  const t = useTexts(adminUsers);
  const steps = useUserSteps(user.id);
  const { message } = App.useApp();

  async function set({ password, reason = '' }: NewPassword) {
    await steps.resetPassword(password, reason.trim());
    void message.success(t('user.resetDone'));
  }

  return (
    <FormDialog<NewPassword>
      trigger={t('user.reset')}
      title={t('user.resetTitle', { name: user.display_name })}
      verb={t('user.reset')}
      onSend={set}
    >
      <p>{t('user.resetConsequence')}</p>
      <Form.Item
        name="password"
        label={t('users.password')}
        extra={t('users.passwordHint')}
        rules={[{ required: true, min: PASSWORD_CHARACTERS_MIN }]}
      >
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      <ReasonField />
    </FormDialog>
  );
}
