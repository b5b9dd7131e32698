/**
 * An invitation, opened by its link: `/join#ds-in-…`. The secret stands behind the hash, which no browser sends, and is
 * kept in the tab while its holder logs in or registers.
 */
import { Alert, Button, Flex, Typography } from 'antd';
import { useEffect, useState } from 'react';
import { useNavigate } from 'react-router';
import { useLogOut, useMe } from '@/api/queries/me';
import { useAcceptInvitation, useInvitation } from '@/api/queries/members';
import type { InvitationToldBody } from '@/api/schema';
import { DateTime } from '@/components/DateTime';
import { ErrorNotice } from '@/components/ErrorNotice';
import { PageHeader } from '@/components/PageHeader';
import { PageLoading } from '@/components/PageLoading';
import { auth } from '@/i18n/auth';
import { useTexts } from '@/i18n/i18n';
import { usePlace } from '@/stores/place';

const KEPT = 'deepspace.invitation';

export function Component() {
  const t = useTexts(auth);
  const token = useToken();
  const { data: told, error, isLoading } = useInvitation(token);
  return (
    <>
      <PageHeader title={t('invitation.title')} />
      {token === null && <Alert showIcon type="warning" title={t('invitation.absent')} />}
      {isLoading && <PageLoading />}
      {error && <ErrorNotice error={error} />}
      {token !== null && told && <Told told={told} token={token} />}
    </>
  );
}

function Told({ told, token }: { told: InvitationToldBody; token: string }) {
  const t = useTexts(auth);
  const names = { inviter: told.inviter_name, organization: told.organization_name, role: t(`roles.${told.role}`) };
  if (told.state !== 'pending') return <Alert showIcon type="warning" title={t(`invitation.over.${told.state}`)} />;
  return (
    <Flex vertical gap={16}>
      <Typography.Text strong style={{ fontSize: 16 }}>
        {t('invitation.reads', names)}
      </Typography.Text>
      <Typography.Text type="secondary">
        {t('invitation.bound', { email: told.email })} {t('invitation.until')} <DateTime at={told.expires_at} />
      </Typography.Text>
      <Answering told={told} token={token} />
    </Flex>
  );
}

function Answering({ told, token }: { told: InvitationToldBody; token: string }) {
  const t = useTexts(auth);
  const navigate = useNavigate();
  const { data: me } = useMe();
  const logOut = useLogOut();
  const accept = useAcceptInvitation();

  async function join() {
    // Told by `accept.error` where it fails.
    const membership = await accept.mutateAsync(token).catch(() => null);
    if (!membership) return;
    sessionStorage.removeItem(KEPT);
    usePlace.getState().enterOrg(membership.organization.id);
    navigate('/', { replace: true });
  }

  if (me === undefined) return <PageLoading />;
  if (me === null) return <WaysIn />;
  if (me.user.email !== told.email) {
    return (
      <Flex vertical gap={12}>
        <Alert showIcon type="warning" title={t('invitation.other', { email: me.user.email, wanted: told.email })} />
        {logOut.error && <ErrorNotice error={logOut.error} />}
        <Button loading={logOut.isPending} onClick={() => logOut.mutate()}>
          {t('invitation.switch')}
        </Button>
      </Flex>
    );
  }
  return (
    <Flex vertical gap={12}>
      {accept.error && <ErrorNotice error={accept.error} />}
      <Button type="primary" size="large" loading={accept.isPending} onClick={join}>
        {t('invitation.accept', { organization: told.organization_name })}
      </Button>
    </Flex>
  );
}

function WaysIn() {
  const t = useTexts(auth);
  const navigate = useNavigate();
  return (
    <Flex vertical gap={8}>
      <Button type="primary" size="large" onClick={() => navigate('/login?next=/join')}>
        {t('logIn')}
      </Button>
      <Button size="large" onClick={() => navigate('/register?next=/join')}>
        {t('register')}
      </Button>
    </Flex>
  );
}

/** From the address, else from the tab; and out of the address bar, where it would be seen and kept. */
function useToken(): string | null {
  const [token] = useState(() => window.location.hash.slice(1) || sessionStorage.getItem(KEPT));
  useEffect(() => {
    if (!token) return;
    sessionStorage.setItem(KEPT, token);
    window.history.replaceState(window.history.state, '', window.location.pathname);
  }, [token]);
  return token;
}
