/** Something as the gateway told it, to read and to copy. */
import { Flex } from 'antd';
import { CopyButton } from '@/components/CopyButton';
import { common } from '@/i18n/common';
import { useTexts } from '@/i18n/i18n';
import styles from './JsonView.module.css';

export function JsonView({ value }: { value: unknown }) {
  const t = useTexts(common);
  const text = JSON.stringify(value, null, 2);
  return (
    <div className={styles.box}>
      <Flex justify="flex-end" className={styles.copy ?? ''}>
        <CopyButton text={text} label={t('copy')} />
      </Flex>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre className={styles.text} tabIndex={0}>
        {text}
      </pre>
    </div>
  );
}
