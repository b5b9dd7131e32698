/** A conversation that has not begun: what can be asked here. */
import { Button, Flex, Typography } from 'antd';
import { chat } from '@/i18n/chat';
import { useTexts } from '@/i18n/i18n';
import { NEW, useDrafts } from '@/stores/drafts';
import styles from './ChatPage.module.css';

const SUGGESTIONS = ['explain', 'code', 'table', 'diagram'] as const;

export function Welcome() {
  const t = useTexts(chat);
  const write = useDrafts((drafts) => drafts.write);
  return (
    <div className={styles.welcome}>
      <Typography.Title level={2}>{t('welcome')}</Typography.Title>
      <Typography.Paragraph type="secondary">{t('welcomeHint')}</Typography.Paragraph>
      <Flex wrap gap={8} justify="center">
        {SUGGESTIONS.map((name) => (
          <Button
            key={name}
            className={styles.suggestion ?? ''}
            onClick={() => {
              write(NEW, t(`suggestions.${name}`));
              document.querySelector<HTMLTextAreaElement>('textarea')?.focus();
            }}
          >
            {t(`suggestions.${name}`)}
          </Button>
        ))}
      </Flex>
    </div>
  );
}
