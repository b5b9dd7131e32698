/** A block of code: its language, a button that copies it, and colours once they are loaded. */
import { Typography } from 'antd';
import { memo, type ReactNode, useEffect, useState } from 'react';
import { CopyButton } from '@/components/CopyButton';
import { chat } from '@/i18n/chat';
import { useTexts } from '@/i18n/i18n';
import styles from './CodeBlock.module.css';

const COLOURED_MAX = 50_000;

interface Props {
  code: string;
  language: string;
  isWriting: boolean;
}

export const CodeBlock = memo(function CodeBlock({ code, language, isWriting }: Props) {
  const t = useTexts(chat);
  const coloured = useColours(code, language, isWriting);
  return (
    <figure className={styles.block}>
      <figcaption className={styles.head}>
        <Typography.Text type="secondary">{language || 'text'}</Typography.Text>
        <CopyButton text={code} label={t('copyCode')} />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <pre className={styles.code} tabIndex={0}>
        <code>{coloured ?? code}</code>
      </pre>
    </figure>
  );
});

/** Not while it is being written: each word would colour everything anew. */
function useColours(code: string, language: string, isWriting: boolean): ReactNode {
  const [coloured, setColoured] = useState<ReactNode>(null);
  useEffect(() => {
    setColoured(null);
    if (isWriting || !language || code.length > COLOURED_MAX) return;
    let isHere = true;
    void import('./highlight').then(({ highlight }) => isHere && setColoured(highlight(code, language)));
    return () => {
      isHere = false;
    };
  }, [code, language, isWriting]);
  return coloured;
}
