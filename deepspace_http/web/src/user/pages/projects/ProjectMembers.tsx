/** Who may do what in a project: the organization's members, by their roles. */
import { Flex, Tag } from 'antd';
import { Link } from 'react-router';
import { loadMembers, membersKey, type Role } from '@/api/queries/members';
import { useMay, useMembership } from '@/api/queries/places';
import type { MemberBody } from '@/api/schema';
import { CursorTable } from '@/components/CursorTable';
import { Section } from '@/components/Section';
import { useTexts } from '@/i18n/i18n';
import { places } from '@/i18n/places';

/** In the words of the page; the table of permissions itself is the gateway's. */
const MAYS: Record<Role, ('read' | 'work' | 'keys' | 'manage')[]> = {
  owner: ['read', 'work', 'keys', 'manage'],
  admin: ['read', 'work', 'keys', 'manage'],
  member: ['read', 'work', 'keys'],
  viewer: ['read'],
};

export function ProjectMembers() {
  const t = useTexts(places);
  const may = useMay();
  const membership = useMembership();
  if (!membership) return null;
  const orgId = membership.organization.id;
  return (
    <Section
      title={t('members')}
      hint={t('projectMembers')}
      actions={may('members:manage') && <Link to="/organization/members">{t('manageMembers')}</Link>}
    >
      <CursorTable<MemberBody>
        label={t('members')}
        queryKey={membersKey(orgId)}
        load={(page) => loadMembers(orgId, page)}
        rowKey="user_id"
        columns={[
          {
            title: t('member'),
            dataIndex: 'display_name',
            render: (name: string) => <strong translate="no">{name}</strong>,
          },
          { title: t('email'), dataIndex: 'email' },
          { title: t('role'), dataIndex: 'role', render: (role: Role) => t(`roles.${role}`) },
          {
            title: t('may'),
            key: 'may',
            render: (_, { role }) => (
              <Flex gap={4} wrap>
                {MAYS[role].map((one) => (
                  <Tag key={one}>{t(`mays.${one}`)}</Tag>
                ))}
              </Flex>
            ),
          },
        ]}
      />
    </Section>
  );
}
