/**
 * What a model wrote, as Markdown that may still be coming.
 *
 * Rules: raw HTML is shown as text, also what only looks like it; what remains passes DOMPurify; links go to the web and to mail only, in another tab;
 * images from elsewhere are named, not loaded. Formulas, colours and diagrams are loaded when they are first needed.
 */
import { XMarkdown } from '@ant-design/x-markdown';
import { Typography } from 'antd';
import { type ComponentProps, memo, type ReactNode, useEffect, useMemo, useState } from 'react';
import { chat } from '@/i18n/chat';
import { useTexts } from '@/i18n/i18n';
import { CodeBlock } from './CodeBlock';
import { Diagram } from './Diagram';
import styles from './Markdown.module.css';

type Config = NonNullable<ComponentProps<typeof XMarkdown>['config']>;

const MATH = /\$\$|\\\(|\\\[|\$[^\s$][^$\n]*\$/;
const SAFE_LINK = /^(https?:|mailto:)/i;
const OWN_IMAGE = /^(data:image\/(png|jpe?g|gif|webp);|blob:|\/(?!\/))/i;
const COMPONENTS = { a: SafeLink, img: SafeImage, code: Code, pre: Bare, table: Table };
const WRITING = { hasNextChunk: true };
const WHOLE = { hasNextChunk: false };

/**
 * Nothing that a model wrote is a tag to begin with: not what Markdown takes for HTML, not what only a browser would
 * (`<img src=x onerror=a=b>` is words to Markdown), not the name of an image, which marked writes into the page as it is.
 */
const NO_HTML: Config = {
  tokenizer: { html: () => undefined, tag: () => undefined },
  renderer: {
    text(token) {
      if ('tokens' in token && token.tokens) return this.parser.parseInline(token.tokens);
      // As no HTML is read, what is escaped already is marked's own: the box before a task.
      return 'escaped' in token && token.escaped ? token.text : escaped(token.text);
    },
    image({ href, text }) {
      return `<img src="${escaped(href)}" alt="${escaped(text)}">`;
    },
  },
};
const SIGNS: Record<string, string> = { '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Without the signs that tags are made of. Entities stay: they are text already. */
function escaped(text: string): string {
  return text.replace(/[<>"]/g, (sign) => SIGNS[sign] ?? sign);
}

interface Props {
  text: string;
  isWriting: boolean;
}

export default memo(function Markdown({ text, isWriting }: Props) {
  const config = useMath(text);
  return (
    <XMarkdown
      className={styles.markdown ?? ''}
      content={text}
      components={COMPONENTS}
      streaming={isWriting ? WRITING : WHOLE}
      config={config}
    />
  );
});

/** KaTeX, as soon as there is a formula. */
function useMath(text: string): Config {
  const [config, setConfig] = useState<Config>(NO_HTML);
  const isWanted = useMemo(() => MATH.test(text), [text]);
  useEffect(() => {
    if (!isWanted || config !== NO_HTML) return;
    let isHere = true;
    void import('./math').then(({ math }) => isHere && setConfig({ ...NO_HTML, ...math }));
    return () => {
      isHere = false;
    };
  }, [isWanted, config]);
  return config;
}

function SafeLink({ href, children }: { href?: string; title?: string | undefined; children?: ReactNode }) {
  if (!href || !SAFE_LINK.test(href)) return <span>{children}</span>;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  );
}

function SafeImage({ src, alt }: { src?: string; alt?: string; title?: string | undefined }) {
  const t = useTexts(chat);
  if (src && OWN_IMAGE.test(src)) return <img src={src} alt={alt ?? ''} className={styles.image} />;
  return (
    <Typography.Text type="secondary" className={styles.blocked ?? ''}>
      {t('imageBlocked')}
      {alt ? `: ${alt}` : ''}
      {src && SAFE_LINK.test(src) && (
        <>
          {' '}
          <SafeLink href={src}>{new URL(src).hostname}</SafeLink>
        </>
      )}
    </Typography.Text>
  );
}

interface CodeProps {
  block?: boolean;
  lang?: string;
  streamStatus?: string;
  children?: ReactNode;
}

function Code({ block, lang, streamStatus, children }: CodeProps) {
  const code = asText(children);
  if (!block) return <code>{code}</code>;
  const language = lang?.split(/\s/)[0] ?? '';
  if (language === 'mermaid' && streamStatus === 'done') return <Diagram source={code} />;
  return <CodeBlock code={code.replace(/\n$/, '')} language={language} isWriting={streamStatus === 'loading'} />;
}

function Bare({ children }: { children?: ReactNode }) {
  return <div>{children}</div>;
}

function Table({ children }: { children?: ReactNode }) {
  const t = useTexts(chat);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <section className={styles.table} tabIndex={0} aria-label={t('table')}>
      <table>{children}</table>
    </section>
  );
}

function asText(node: ReactNode): string {
  if (typeof node === 'string' || typeof node === 'number') return String(node);
  return Array.isArray(node) ? node.map(asText).join('') : '';
}
