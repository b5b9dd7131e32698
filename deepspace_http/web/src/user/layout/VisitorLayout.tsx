/** The frame of the pages before log-in: one card in the middle, with the switches of language and theme. */
import { Flex } from 'antd';
import { Suspense } from 'react';
import { Outlet } from 'react-router';
import { PageLoading } from '@/components/PageLoading';
import { common } from '@/i18n/common';
import { useTexts } from '@/i18n/i18n';
import { OfflineNotice } from '@/shell/OfflineNotice';
import { LanguageSwitch, ThemeSwitch } from '@/shell/Preferences';
import styles from './VisitorLayout.module.css';

export function VisitorLayout() {
  const t = useTexts(common);
  return (
    <Flex vertical style={{ minHeight: '100dvh', background: 'var(--ant-color-bg-layout)' }}>
      <OfflineNotice />
      <Flex component="header" align="center" gap={10} style={{ padding: 16 }}>
        <img src="/favicon.svg" alt="" width={28} height={28} />
        <strong style={{ fontSize: 17, flex: 1 }}>{t('product')}</strong>
        <LanguageSwitch />
        <ThemeSwitch />
      </Flex>
      <Flex component="main" flex={1} justify="center" align="flex-start" style={{ padding: '6vh 16px 32px' }}>
        <div className={styles.card}>
          <Suspense fallback={<PageLoading />}>
            <Outlet />
          </Suspense>
        </div>
      </Flex>
    </Flex>
  );
}
