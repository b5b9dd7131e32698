/** A Mermaid diagram. It is drawn as a picture, in which no script of it can run; its source stays at hand. */
import { Spin, Typography } from 'antd';
import { memo, useEffect, useState } from 'react';
import { chat } from '@/i18n/chat';
import { useTexts } from '@/i18n/i18n';
import { useIsDark } from '@/theme/theme';
import { CodeBlock } from './CodeBlock';
import styles from './Markdown.module.css';

const SOURCE_MAX = 20_000;

export const Diagram = memo(function Diagram({ source }: { source: string }) {
  const t = useTexts(chat);
  const { url, hasFailed } = useDrawn(source);
  if (hasFailed) {
    return (
      <>
        <Typography.Text type="secondary">{t('diagramFailed')}</Typography.Text>
        <CodeBlock code={source} language="mermaid" isWriting={false} />
      </>
    );
  }
  if (!url) return <Spin aria-label={t('diagram')} />;
  return (
    <>
      <img src={url} alt={t('diagram')} className={styles.image} />
      <details>
        <summary>{t('showSource')}</summary>
        <CodeBlock code={source} language="mermaid" isWriting={false} />
      </details>
    </>
  );
});

function useDrawn(source: string): { url: string | null; hasFailed: boolean } {
  const isDark = useIsDark();
  const [drawn, setDrawn] = useState<{ url: string | null; hasFailed: boolean }>({ url: null, hasFailed: false });
  useEffect(() => {
    let isHere = true;
    const work =
      source.length > SOURCE_MAX ? Promise.reject() : import('./mermaid').then((m) => m.draw(source, isDark));
    work.then(
      (url) => isHere && setDrawn({ url, hasFailed: false }),
      () => isHere && setDrawn({ url: null, hasFailed: true }),
    );
    return () => {
      isHere = false;
    };
  }, [source, isDark]);
  return drawn;
}
