/** One number and what it is. */
import type { ReactNode } from 'react';
import styles from './Figure.module.css';

interface Props {
  label: string;
  value: ReactNode;
  note?: ReactNode;
  /** Without a frame, inside a section. */
  bare?: boolean;
}

export function Figure({ label, value, note, bare = false }: Props) {
  return (
    <div className={`${styles.figure} ${bare ? styles.bare : ''}`}>
      <span className={styles.label}>{label}</span>
      <span className={styles.value}>{value}</span>
      {note && <span className={styles.note}>{note}</span>}
    </div>
  );
}
