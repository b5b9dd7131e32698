/** Sums of the server over all rows that match, as a row of figures. */
import { Skeleton } from 'antd';
import type { CSSProperties, ReactNode } from 'react';
import { ErrorNotice } from '@/components/ErrorNotice';
import styles from './Tiles.module.css';

export interface Tile {
  label: string;
  value: ReactNode;
  note?: ReactNode;
  /** Something is wrong with it. */
  isBad?: boolean;
}

interface Props {
  /** What these figures are of, for screen readers. */
  label: string;
  tiles: Tile[];
  isLoading?: boolean;
  error?: unknown;
  onRetry?: () => void;
}

export function Tiles({ label, tiles, isLoading = false, error, onRetry }: Props) {
  if (error) return <ErrorNotice error={error} onRetry={onRetry} />;
  return (
    <section aria-label={label} aria-busy={isLoading}>
      <dl className={styles.tiles} style={{ '--columns': columnsOf(tiles.length) } as CSSProperties}>
        {tiles.map(({ label: name, value, note, isBad }) => (
          <div key={name} className={styles.tile}>
            <dt className={styles.label}>{name}</dt>
            <dd className={`${styles.value} ${isBad ? styles.bad : ''}`}>
              {isLoading ? <Skeleton.Button active size="small" /> : value}
              {note && !isLoading && <div className={styles.note}>{note}</div>}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

const COLUMNS_MAX = 5;

/** As many a row that the rows are of a length. */
function columnsOf(count: number): number {
  return Math.ceil(count / Math.ceil(count / COLUMNS_MAX)) || 1;
}
