/** Invites somebody: asks whom and as what, then shows the link, once. */
import { Alert, Button, Flex, Form, Input, Modal, Select } from 'antd';
import { useState } from 'react';
import { ROLES, type Role, useInvite } from '@/api/queries/members';
import { useMay } from '@/api/queries/places';
import type { NewInvitationBody } from '@/api/schema';
import { CopyButton } from '@/components/CopyButton';
import { DateTime } from '@/components/DateTime';
import { FormModal } from '@/components/FormModal';
import { useTexts } from '@/i18n/i18n';
import { places } from '@/i18n/places';

interface Fields {
  email: string;
  role: Role;
  days: number;
}

const DAYS = [1, 7, 30];

export function InviteModal({ orgId, isOpen, onClose }: { orgId: string; isOpen: boolean; onClose: () => void }) {
  const t = useTexts(places);
  const may = useMay();
  const invite = useInvite(orgId);
  const [made, setMade] = useState<NewInvitationBody | null>(null);
  const roles = ROLES.filter((role) => role !== 'owner' || may('owners:manage'));
  return (
    <>
      <FormModal<Fields>
        title={t('inviteTitle')}
        verb={t('invite')}
        isOpen={isOpen}
        onClose={onClose}
        initial={{ role: 'member', days: 7 }}
        onSend={async ({ email, role, days }) =>
          setMade(await invite.mutateAsync({ email, role, lifetime_hours: days * 24 }))
        }
      >
        <Form.Item
          name="email"
          label={t('email')}
          rules={[
            { required: true, message: t('missing') },
            { type: 'email', message: t('noAddress') },
          ]}
          validateTrigger="onBlur"
        >
          <Input type="email" autoFocus autoComplete="off" />
        </Form.Item>
        <Form.Item name="role" label={t('role')}>
          <Select
            options={roles.map((role) => ({ value: role, label: `${t(`roles.${role}`)} – ${t(`roleHints.${role}`)}` }))}
          />
        </Form.Item>
        <Form.Item name="days" label={t('lifetime')}>
          <Select options={DAYS.map((count) => ({ value: count, label: t('days', { count }) }))} />
        </Form.Item>
      </FormModal>
      <Modal open={made !== null} title={t('linkTitle')} footer={null} onCancel={() => setMade(null)}>
        {made && <Link made={made} onDone={() => setMade(null)} />}
      </Modal>
    </>
  );
}

function Link({ made, onDone }: { made: NewInvitationBody; onDone: () => void }) {
  const t = useTexts(places);
  const link = `${window.location.origin}/join#${made.token}`;
  return (
    <Flex vertical gap={12}>
      <Alert showIcon type="info" title={t('linkHint', { email: made.invitation.email })} />
      <Input.TextArea
        readOnly
        autoSize
        value={link}
        aria-label={t('linkTitle')}
        onFocus={(event) => event.target.select()}
      />
      <span>
        {t('expires')} <DateTime at={made.invitation.expires_at} />
      </span>
      <Flex gap={8} justify="flex-end" align="center">
        <CopyButton text={link}>{t('copyLink')}</CopyButton>
        <Button type="primary" onClick={onDone}>
          {t('done')}
        </Button>
      </Flex>
    </Flex>
  );
}
