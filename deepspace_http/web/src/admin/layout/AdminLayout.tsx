/** The frame of the admin web, for administrators of the installation. */
import AuditOutlined from '@ant-design/icons/AuditOutlined';
import ClusterOutlined from '@ant-design/icons/ClusterOutlined';
import DashboardOutlined from '@ant-design/icons/DashboardOutlined';
import RollbackOutlined from '@ant-design/icons/RollbackOutlined';
import SafetyOutlined from '@ant-design/icons/SafetyOutlined';
import TeamOutlined from '@ant-design/icons/TeamOutlined';
import ToolOutlined from '@ant-design/icons/ToolOutlined';
import WalletOutlined from '@ant-design/icons/WalletOutlined';
import { Button } from 'antd';
import type { ReactNode } from 'react';
import { useMe } from '@/api/queries/me';
import { FullPageNotice } from '@/components/FullPageNotice';
import { adminShell } from '@/i18n/adminShell';
import { common } from '@/i18n/common';
import { useTexts } from '@/i18n/i18n';
import { Frame } from '@/shell/Frame';
import { SessionGate } from '@/shell/SessionGate';

export function AdminLayout() {
  const t = useTexts(adminShell);
  const words = useTexts(common);
  const destinations = [
    { to: '/', label: t('dashboard'), icon: <DashboardOutlined aria-hidden /> },
    { to: '/users', label: t('users'), icon: <TeamOutlined aria-hidden /> },
    { to: '/models', label: t('models'), icon: <ClusterOutlined aria-hidden /> },
    { to: '/billing', label: t('billing'), icon: <WalletOutlined aria-hidden /> },
    { to: '/audit', label: t('audit'), icon: <AuditOutlined aria-hidden /> },
    { to: '/policy', label: t('policy'), icon: <SafetyOutlined aria-hidden /> },
    { to: '/system', label: t('system'), icon: <ToolOutlined aria-hidden /> },
  ];
  return (
    <SessionGate>
      <AdministratorsOnly>
        <Frame brand={words('adminProduct')} destinations={destinations} crossing={<ToUserWeb />} />
      </AdministratorsOnly>
    </SessionGate>
  );
}

/** For a clear word only: it is the gateway that refuses. */
function AdministratorsOnly({ children }: { children: ReactNode }) {
  const t = useTexts(common);
  const { data: me } = useMe();
  if (me?.user.is_administrator) return children;
  return (
    <FullPageNotice title={t('forbidden.title')} body={t('forbidden.body')}>
      <div>
        <ToUserWeb />
      </div>
    </FullPageNotice>
  );
}

function ToUserWeb() {
  const t = useTexts(common);
  return (
    <Button
      type="text"
      block
      icon={<RollbackOutlined aria-hidden />}
      href="/"
      style={{ justifyContent: 'flex-start', paddingInline: 12, gap: 12 }}
    >
      {t('userWeb')}
    </Button>
  );
}
