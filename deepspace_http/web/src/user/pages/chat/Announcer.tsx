/** Tells a screen reader when an answer begins and when it is complete; not each word. */
import { useEffect, useRef, useState } from 'react';
import { chat } from '@/i18n/chat';
import { useTexts } from '@/i18n/i18n';
import type { Phase } from '@/stores/streams';

export function Announcer({ phase }: { phase: Phase | null }) {
  const t = useTexts(chat);
  const [told, setTold] = useState('');
  const before = useRef<Phase | null>(null);
  useEffect(() => {
    if (phase === 'writing' && before.current === 'waiting') setTold(t('announceStarted'));
    if (phase === null && before.current !== null) setTold(t('announceDone'));
    if (phase === 'stopped') setTold(t('stopped'));
    before.current = phase;
  }, [phase, t]);
  return (
    <div className="visually-hidden" role="status" aria-live="polite">
      {told}
    </div>
  );
}
