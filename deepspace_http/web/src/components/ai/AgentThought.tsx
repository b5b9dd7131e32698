/** What a model thought before it spoke: folded away once it speaks. */
import { Typography } from 'antd';
import { memo } from 'react';
import { chat } from '@/i18n/chat';
import { useTexts } from '@/i18n/i18n';
import styles from './MessageItem.module.css';

interface Props {
  text: string;
  isThinking: boolean;
}

export const AgentThought = memo(function AgentThought({ text, isThinking }: Props) {
  const t = useTexts(chat);
  return (
    <details className={styles.thought} open={isThinking}>
      <summary>{t(isThinking ? 'thinking' : 'thought')}</summary>
      <Typography.Paragraph type="secondary" className={styles.thoughtText ?? ''}>
        {text}
      </Typography.Paragraph>
    </details>
  );
});
