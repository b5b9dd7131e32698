/** Invitations that wait for an answer. */
import { useInvitations, useWithdrawInvitation } from '@/api/queries/members';
import type { InvitationBody } from '@/api/schema';
import { ConfirmDanger } from '@/components/ConfirmDanger';
import { DateTime } from '@/components/DateTime';
import { EmptyState } from '@/components/EmptyState';
import { LoadedTable } from '@/components/LoadedTable';
import { Section } from '@/components/Section';
import { useTexts } from '@/i18n/i18n';
import { places } from '@/i18n/places';

export function Invitations({ orgId }: { orgId: string }) {
  const t = useTexts(places);
  const invitations = useInvitations(orgId, true);
  const withdraw = useWithdrawInvitation(orgId);
  return (
    <Section title={t('waiting')}>
      <LoadedTable<InvitationBody>
        label={t('waiting')}
        list={{ ...invitations, data: invitations.data?.data }}
        rowKey="id"
        empty={<EmptyState title={t('noneWaiting')} />}
        columns={[
          { title: t('email'), dataIndex: 'email' },
          { title: t('role'), key: 'role', render: (_, { role }) => t(`roles.${role}`) },
          {
            title: t('invited'),
            dataIndex: 'created_at',
            responsive: ['md'],
            render: (at: string) => <DateTime at={at} />,
          },
          { title: t('expires'), dataIndex: 'expires_at', render: (at: string) => <DateTime at={at} /> },
          {
            title: '',
            key: 'act',
            align: 'right',
            render: (_, { id, email }) => (
              <ConfirmDanger
                title={t('withdrawTitle', { email })}
                consequence={t('withdrawHint')}
                verb={t('withdraw')}
                trigger={t('withdraw')}
                triggerProps={{ type: 'text', 'aria-label': `${t('withdraw')}: ${email}` }}
                onConfirm={() => withdraw.mutateAsync(id)}
              />
            ),
          },
        ]}
      />
    </Section>
  );
}
