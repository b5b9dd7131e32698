/** Tells of what failed where no place of the page is its own: in the corner, with the trace id, until it is closed. */
import { App } from 'antd';
import { useCallback } from 'react';
import { errors } from '@/i18n/errors';
import { useTexts } from '@/i18n/i18n';
import { FaultText } from './ErrorNotice';

export function useTellFault(): (fault: unknown) => void {
  const t = useTexts(errors);
  const { notification } = App.useApp();
  return useCallback(
    (fault) => notification.error({ title: t('title'), description: <FaultText error={fault} />, duration: 0 }),
    [notification, t],
  );
}
