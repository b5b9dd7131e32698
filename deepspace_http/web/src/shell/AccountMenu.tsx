/** Who is logged in, and the way out. */
import LogoutOutlined from '@ant-design/icons/LogoutOutlined';
import UserOutlined from '@ant-design/icons/UserOutlined';
import { Button, Dropdown } from 'antd';
import { useLogOut, useMe } from '@/api/queries/me';
import { useTellFault } from '@/components/useTellFault';
import { common } from '@/i18n/common';
import { useTexts } from '@/i18n/i18n';

export function AccountMenu({ isFolded }: { isFolded: boolean }) {
  const t = useTexts(common);
  const { data: me } = useMe();
  const logOut = useLogOut();
  const tell = useTellFault();
  if (!me) return null;
  const items = [
    { key: 'who', label: me.user.email, disabled: true },
    { key: 'out', label: t('logOut'), icon: <LogoutOutlined aria-hidden /> },
  ];
  return (
    <Dropdown
      trigger={['click']}
      menu={{ items, onClick: ({ key }) => key === 'out' && logOut.mutate(undefined, { onError: tell }) }}
    >
      <Button
        type="text"
        icon={<UserOutlined aria-hidden />}
        aria-label={`${t('account')}: ${me.user.display_name}`}
        aria-haspopup="menu"
        block={!isFolded}
        style={isFolded ? {} : { justifyContent: 'flex-start', paddingInline: 12, gap: 12 }}
      >
        {isFolded ? null : (
          <span translate="no" style={{ overflow: 'hidden', textOverflow: 'ellipsis' }}>
            {me.user.display_name}
          </span>
        )}
      </Button>
    </Dropdown>
  );
}
