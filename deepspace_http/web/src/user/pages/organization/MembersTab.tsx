/** Who is in, as what, and who was invited. */
import { App, Button, Flex, Select, Tag } from 'antd';
import { useState } from 'react';
import { useMe } from '@/api/queries/me';
import { loadMembers, membersKey, ROLES, type Role, useChangeRole, useRemoveMember } from '@/api/queries/members';
import { useMay } from '@/api/queries/places';
import type { MemberBody, OrganizationBody } from '@/api/schema';
import { ConfirmDanger, DangerDialog } from '@/components/ConfirmDanger';
import { CursorTable } from '@/components/CursorTable';
import { DateTime } from '@/components/DateTime';
import { Section } from '@/components/Section';
import { useTellFault } from '@/components/useTellFault';
import { useTexts } from '@/i18n/i18n';
import { places } from '@/i18n/places';
import { Invitations } from './Invitations';
import { InviteModal } from './InviteModal';

export function MembersTab({ organization }: { organization: OrganizationBody }) {
  const t = useTexts(places);
  const may = useMay();
  const [isInviting, setInviting] = useState(false);
  const invite = may('members:manage') && (
    <Button type="primary" onClick={() => setInviting(true)}>
      {t('invite')}
    </Button>
  );
  return (
    <Flex vertical gap={16}>
      <Section title={t('members')} actions={invite}>
        <CursorTable<MemberBody>
          label={t('members')}
          queryKey={membersKey(organization.id)}
          load={(page) => loadMembers(organization.id, page)}
          rowKey="user_id"
          columns={[
            { title: t('member'), key: 'who', render: (_, member) => <Who member={member} /> },
            { title: t('role'), key: 'role', render: (_, member) => <RoleOf member={member} org={organization} /> },
            {
              title: t('since'),
              dataIndex: 'created_at',
              responsive: ['md'],
              render: (at: string) => <DateTime at={at} />,
            },
            {
              title: '',
              key: 'act',
              align: 'right',
              render: (_, member) => <Leaving member={member} org={organization} />,
            },
          ]}
        />
      </Section>
      {may('members:manage') && <Invitations orgId={organization.id} />}
      <InviteModal orgId={organization.id} isOpen={isInviting} onClose={() => setInviting(false)} />
    </Flex>
  );
}

function Who({ member }: { member: MemberBody }) {
  const t = useTexts(places);
  const { data: me } = useMe();
  return (
    <Flex vertical>
      <span>
        <strong translate="no">{member.display_name}</strong> {me?.user.id === member.user_id && <Tag>{t('you')}</Tag>}
      </span>
      <span style={{ color: 'var(--ant-color-text-secondary)' }}>{member.email}</span>
    </Flex>
  );
}

interface RowProps {
  member: MemberBody;
  org: OrganizationBody;
}

/** Only owners make or unmake owners, so an admin is not offered that. */
function RoleOf({ member, org }: RowProps) {
  const t = useTexts(places);
  const tell = useTellFault();
  const may = useMay();
  const { message } = App.useApp();
  const [asked, setAsked] = useState<Role | null>(null);
  const { data: me } = useMe();
  const change = useChangeRole(org.id);
  const mayChange = may(member.role === 'owner' ? 'owners:manage' : 'members:manage');
  if (!mayChange) return <span>{t(`roles.${member.role}`)}</span>;

  const names = (role: Role) => ({ name: member.display_name, organization: org.name, role: t(`roles.${role}`) });
  const isMine = me?.user.id === member.user_id;

  async function give(role: Role) {
    await change.mutateAsync({ userId: member.user_id, role });
    void message.success(t('roleChanged', names(role)));
  }

  /** What can't simply be taken back is asked first: who becomes an owner can take the role from others. */
  function choose(role: Role) {
    if (isMine || role === 'owner') setAsked(role);
    else give(role).catch(tell);
  }

  return (
    <>
      <Select<Role>
        aria-label={`${t('role')}: ${member.display_name}`}
        value={member.role}
        loading={change.isPending}
        disabled={change.isPending}
        style={{ width: 130 }}
        popupMatchSelectWidth={320}
        options={ROLES.filter((role) => role !== 'owner' || may('owners:manage')).map((role) => ({
          value: role,
          label: t(`roles.${role}`),
        }))}
        optionRender={({ value }) => (
          <Flex vertical>
            <span>{t(`roles.${value as Role}`)}</span>
            <span style={{ color: 'var(--ant-color-text-secondary)', whiteSpace: 'normal' }}>
              {t(`roleHints.${value as Role}`)}
            </span>
          </Flex>
        )}
        onChange={choose}
      />
      <DangerDialog
        isOpen={asked !== null}
        title={asked ? t(isMine ? 'ownRoleTitle' : 'ownerTitle', names(asked)) : ''}
        consequence={t(isMine ? 'ownRoleHint' : 'ownerHint')}
        verb={t('changeRole')}
        onConfirm={async () => asked && give(asked)}
        onClose={() => setAsked(null)}
      />
    </>
  );
}

function Leaving({ member, org }: RowProps) {
  const t = useTexts(places);
  const may = useMay();
  const { data: me } = useMe();
  const remove = useRemoveMember(org.id);
  const isMe = me?.user.id === member.user_id;
  const isKept = isMe && org.kind === 'personal';
  const mayRemove = isMe || may(member.role === 'owner' ? 'owners:manage' : 'members:manage');
  if (isKept || !mayRemove) return null;
  const names = { name: member.display_name, organization: org.name };
  return (
    <ConfirmDanger
      title={t(isMe ? 'leaveTitle' : 'removeTitle', names)}
      consequence={t(isMe ? 'leaveHint' : 'removeHint')}
      verb={t(isMe ? 'leave' : 'remove')}
      trigger={t(isMe ? 'leave' : 'remove')}
      triggerProps={{ type: 'text', 'aria-label': `${t(isMe ? 'leave' : 'remove')}: ${member.display_name}` }}
      onConfirm={() => remove.mutateAsync(member.user_id)}
    />
  );
}
