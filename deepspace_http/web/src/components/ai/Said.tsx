/** What a model said: its plain text until Markdown is loaded, which begins with the page and does not hold it up. */
import { lazy, Suspense } from 'react';
import styles from './MessageItem.module.css';

const loading = import('./Markdown');
const Markdown = lazy(() => loading);

interface Props {
  text: string;
  isWriting: boolean;
}

export function Said(props: Props) {
  return (
    <Suspense fallback={<div className={styles.plain}>{props.text}</div>}>
      <Markdown {...props} />
    </Suspense>
  );
}
