/** Says that the network is away, and goes by itself. */
import { Alert } from 'antd';
import { useSyncExternalStore } from 'react';
import { common } from '@/i18n/common';
import { useTexts } from '@/i18n/i18n';

function onChange(tell: () => void): () => void {
  window.addEventListener('online', tell);
  window.addEventListener('offline', tell);
  return () => {
    window.removeEventListener('online', tell);
    window.removeEventListener('offline', tell);
  };
}

export function OfflineNotice() {
  const t = useTexts(common);
  const isOnline = useSyncExternalStore(onChange, () => navigator.onLine);
  return isOnline ? null : <Alert banner type="warning" role="status" title={t('offline')} />;
}
