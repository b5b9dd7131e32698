/** What both webs stand in: theme, locale, cache of the server's data, and the last net under everything. */
import { type QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { App, ConfigProvider } from 'antd';
import type { Locale } from 'antd/es/locale';
import enUS from 'antd/es/locale/en_US';
import { type ReactNode, useEffect, useState } from 'react';
import { useLanguage } from '@/i18n/i18n';
import { DARK, LIGHT, useIsDark } from '@/theme/theme';
import { ErrorBoundary } from './ErrorBoundary';
import { useMendedControls } from './mending';

const REDUCED_MOTION = window.matchMedia('(prefers-reduced-motion: reduce)').matches;

interface Props {
  client: QueryClient;
  /** Without antd's style sheets, for a page that nobody sees. */
  isUnstyled?: boolean;
  children: ReactNode;
}

export function Root({ client, isUnstyled = false, children }: Props) {
  const isDark = useIsDark();
  const locale = useAntdLocale();
  const theme = isDark ? DARK : LIGHT;
  useMendedControls();
  useEffect(() => {
    document.documentElement.style.colorScheme = isDark ? 'dark' : 'light';
  }, [isDark]);
  return (
    <ConfigProvider
      button={{ autoInsertSpace: false }}
      locale={locale}
      theme={{ ...theme, zeroRuntime: isUnstyled, token: { ...theme.token, motion: !REDUCED_MOTION } }}
    >
      <App style={{ height: '100%' }}>
        <QueryClientProvider client={client}>
          <ErrorBoundary>{children}</ErrorBoundary>
        </QueryClientProvider>
      </App>
    </ConfigProvider>
  );
}

/** antd's own words and dayjs's; the Chinese ones are loaded when they are wanted. */
function useAntdLocale(): Locale {
  const language = useLanguage();
  const [locale, setLocale] = useState<Locale>(enUS);
  useEffect(() => {
    let isWanted = true;
    if (language === 'en') setLocale(enUS);
    else void import('./chinese').then(({ zhCN }) => isWanted && setLocale(zhCN));
    return () => {
      isWanted = false;
    };
  }, [language]);
  return locale;
}
