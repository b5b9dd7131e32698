/** The whole of a short list: turning while it loads, what went wrong and the way to try again, or its rows. */
import { Table, type TableProps } from 'antd';
import type { ReactNode } from 'react';
import { ErrorNotice } from './ErrorNotice';

const ROWS_AT_ONCE = 50;

interface Loading<Row> {
  data: readonly Row[] | undefined;
  error: unknown;
  isPending: boolean;
  refetch: () => unknown;
}

interface Props<Row extends object> extends Pick<TableProps<Row>, 'columns' | 'rowKey'> {
  /** What the table holds, for screen readers. */
  label: string;
  list: Loading<Row>;
  /** Shown where it is known that there is nothing. */
  empty: ReactNode;
}

export function LoadedTable<Row extends object>({ label, list, empty, ...table }: Props<Row>) {
  const { data, error, isPending, refetch } = list;
  return (
    <>
      {Boolean(error) && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {(data || isPending) && (
        <Table<Row>
          {...table}
          aria-label={label}
          size="middle"
          loading={isPending}
          pagination={{ pageSize: ROWS_AT_ONCE, hideOnSinglePage: true }}
          scroll={{ x: 'max-content' }}
          dataSource={data ?? []}
          locale={{ emptyText: isPending ? ' ' : empty }}
        />
      )}
    </>
  );
}
