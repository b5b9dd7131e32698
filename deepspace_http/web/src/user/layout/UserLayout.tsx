/** The frame of the user web, for people who are logged in. */
import CreditCardOutlined from '@ant-design/icons/CreditCardOutlined';
import FolderOutlined from '@ant-design/icons/FolderOutlined';
import KeyOutlined from '@ant-design/icons/KeyOutlined';
import MessageOutlined from '@ant-design/icons/MessageOutlined';
import SettingOutlined from '@ant-design/icons/SettingOutlined';
import TeamOutlined from '@ant-design/icons/TeamOutlined';
import UserOutlined from '@ant-design/icons/UserOutlined';
import { Button } from 'antd';
import { useMe } from '@/api/queries/me';
import { common } from '@/i18n/common';
import { useTexts } from '@/i18n/i18n';
import { userShell } from '@/i18n/userShell';
import { Frame } from '@/shell/Frame';
import { SessionGate } from '@/shell/SessionGate';
import { PlaceSwitch } from './PlaceSwitch';

export function UserLayout() {
  const t = useTexts(userShell);
  const words = useTexts(common);
  const destinations = [
    { to: '/chat', label: t('chat'), icon: <MessageOutlined aria-hidden /> },
    { to: '/projects', label: t('projects'), icon: <FolderOutlined aria-hidden /> },
    { to: '/api-keys', label: t('apiKeys'), icon: <KeyOutlined aria-hidden /> },
    { to: '/billing', label: t('billing'), icon: <CreditCardOutlined aria-hidden /> },
    { to: '/organization', label: t('organization'), icon: <TeamOutlined /> },
    { to: '/profile', label: t('profile'), icon: <UserOutlined aria-hidden /> },
  ];
  return (
    <SessionGate>
      <Frame brand={words('product')} destinations={destinations} place={<PlaceSwitch />} crossing={<ToAdmin />} />
    </SessionGate>
  );
}

/** Another entry of the build, hence a link that loads a page. */
function ToAdmin() {
  const t = useTexts(common);
  const { data: me } = useMe();
  if (!me?.user.is_administrator) return null;
  return (
    <Button
      type="text"
      block
      icon={<SettingOutlined aria-hidden />}
      href="/admin"
      style={{ justifyContent: 'flex-start', paddingInline: 12, gap: 12 }}
    >
      {t('adminWeb')}
    </Button>
  );
}
