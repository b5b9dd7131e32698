/** What makes up a whole: by model, by project, by key. A list with a bar a row, so that no chart is needed. */
import { Flex } from 'antd';
import type { ReactNode } from 'react';
import styles from './ShareList.module.css';

export interface Share {
  key: string;
  label: ReactNode;
  /** What the bar's length is by; money in nanos. */
  size: number;
  /** What is written: an amount, a count. */
  value: ReactNode;
}

export function ShareList({ label, shares }: { label: string; shares: Share[] }) {
  const most = Math.max(...shares.map((share) => share.size), 1);
  return (
    <ul aria-label={label} className={styles.list}>
      {shares.map(({ key, label: name, size, value }) => (
        <li key={key}>
          <Flex justify="space-between" gap={12}>
            <span className={styles.name}>{name}</span>
            <span>{value}</span>
          </Flex>
          <div className={styles.track} aria-hidden>
            <div className={styles.bar} style={{ width: `${(Math.max(size, 0) / most) * 100}%` }} />
          </div>
        </li>
      ))}
    </ul>
  );
}
