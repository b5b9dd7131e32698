/**
 * The messages of a conversation. Only those that are seen, and some around them, are in the page, so that a thousand
 * scroll like ten. The view stays at the end while an answer comes, unless the person has scrolled away from it.
 */
import DownOutlined from '@ant-design/icons/DownOutlined';
import { useVirtualizer } from '@tanstack/react-virtual';
import { Button, Spin } from 'antd';
import { useEffect, useRef, useState } from 'react';
import type { PlacedMessageBody } from '@/api/schema';
import type { ShownMessage } from '@/hooks/useChat';
import { chat } from '@/i18n/chat';
import { useTexts } from '@/i18n/i18n';
import { MessageItem } from './MessageItem';
import styles from './MessageList.module.css';

const ESTIMATED_PX = 180;
const OVERSCAN = 4;
const NEAR_PX = 120;

interface Props {
  messages: ShownMessage[];
  isBusy: boolean;
  hasOlder: boolean;
  isLoadingOlder: boolean;
  onOlder: () => void;
  onEdit: (message: PlacedMessageBody, text: string) => void;
  onRegenerate: (message: PlacedMessageBody) => void;
  onShow: (messageId: string) => void;
}

export function MessageList({ messages, hasOlder, isLoadingOlder, onOlder, ...rest }: Props) {
  const t = useTexts(chat);
  const scroller = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({
    count: messages.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ESTIMATED_PX,
    getItemKey: (index) => messages[index]?.key ?? index,
    overscan: OVERSCAN,
    anchorTo: 'end',
    followOnAppend: true,
    scrollEndThreshold: NEAR_PX,
  });
  const [isAtEnd, setAtEnd] = useState(true);
  useOpenedAtEnd(rows.scrollToEnd ? () => rows.scrollToEnd() : () => {}, messages[0]?.stored?.conversation_id);

  function look() {
    const { scrollTop, scrollHeight, clientHeight } = scroller.current ?? document.documentElement;
    setAtEnd(scrollHeight - scrollTop - clientHeight < NEAR_PX);
    if (scrollTop < NEAR_PX && hasOlder && !isLoadingOlder) onOlder();
  }

  return (
    <div className={styles.frame}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <section ref={scroller} className={styles.scroller} aria-label={t('messages')} tabIndex={0} onScroll={look}>
        {isLoadingOlder && <Spin className={styles.loading ?? ''} aria-label={t('olderLoading')} />}
        <div className={styles.space} style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map((row) => {
            const message = messages[row.index];
            return (
              message && (
                <div
                  key={row.key}
                  ref={rows.measureElement}
                  data-index={row.index}
                  className={styles.row}
                  style={{ transform: `translateY(${row.start}px)` }}
                >
                  <MessageItem message={message} {...rest} />
                </div>
              )
            );
          })}
        </div>
      </section>
      {!isAtEnd && (
        <Button
          shape="circle"
          className={styles.jump ?? ''}
          icon={<DownOutlined aria-hidden />}
          aria-label={t('jumpToEnd')}
          onClick={() => rows.scrollToEnd()}
        />
      )}
    </div>
  );
}

/** A conversation opens at its end. */
function useOpenedAtEnd(scrollToEnd: () => void, conversationId: string | undefined): void {
  const scroll = useRef(scrollToEnd);
  scroll.current = scrollToEnd;
  useEffect(() => {
    if (conversationId) scroll.current();
  }, [conversationId]);
}
