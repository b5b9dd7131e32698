/**
 * A list that the gateway pages by cursor. Filters, cursor and page size stand in the address; what is exported is
 * what is filtered (`actions` gets the filters). Totals are the server's business: a page knows its own rows only.
 */
import LeftOutlined from '@ant-design/icons/LeftOutlined';
import ReloadOutlined from '@ant-design/icons/ReloadOutlined';
import RightOutlined from '@ant-design/icons/RightOutlined';
import { keepPreviousData, type QueryKey, useQuery } from '@tanstack/react-query';
import { Button, Flex, Select, Table, type TableColumnsType, Typography } from 'antd';
import { type ReactNode, useRef } from 'react';
import { common } from '@/i18n/common';
import { useTexts } from '@/i18n/i18n';
import styles from './CursorTable.module.css';
import { EmptyState } from './EmptyState';
import { ErrorNotice } from './ErrorNotice';
import { FilterBar } from './FilterBar';
import { type Filter, type FilterState, type FilterValues, PAGE_SIZES, useFilters } from './filters';

export interface CursorPage<Row> {
  data: Row[];
  next_cursor?: string | null;
}

/** What `load` is asked for; spread it into the query of the typed client. */
export interface PageQuery {
  limit: number;
  cursor?: string;
}

export interface CursorTableProps<Row extends object> {
  /** What the table holds, for screen readers. */
  label: string;
  /** The key of its data in the cache; filters and page are added to it. */
  queryKey: QueryKey;
  load: (page: PageQuery, filters: FilterValues) => Promise<CursorPage<Row>>;
  columns: TableColumnsType<Row>;
  rowKey: keyof Row & string;
  filters?: readonly Filter[];
  /** Beside the filters: export, create. */
  actions?: (filters: FilterValues) => ReactNode;
  /** Shown where nothing is there and nothing is filtered. */
  empty?: ReactNode;
  onRow?: (row: Row) => void;
  expand?: (row: Row) => ReactNode;
}

const NO_FILTERS: readonly Filter[] = [];

export function CursorTable<Row extends object>(props: CursorTableProps<Row>) {
  const { label, queryKey, load, columns, rowKey, filters = NO_FILTERS, actions, empty, onRow, expand } = props;
  const t = useTexts(common);
  const state = useFilters(filters);
  const { values, cursor, limit } = state;
  const page = useQuery({
    queryKey: [...queryKey, values, cursor, limit],
    queryFn: () => load(cursor ? { limit, cursor } : { limit }, values),
    placeholderData: keepPreviousData,
  });
  const isFiltered = Object.keys(values).length > 0;
  const nothing = isFiltered ? <EmptyState title={t('table.nothingFound')} /> : (empty ?? <Nothing />);
  const hasHead = filters.length > 0 || actions !== undefined;
  const refresh = (
    <Button
      icon={<ReloadOutlined aria-hidden />}
      aria-label={t('table.refresh')}
      loading={page.isFetching}
      onClick={() => page.refetch()}
    />
  );
  return (
    <Flex vertical gap={12}>
      <div className={styles.head}>
        <FilterBar filters={filters} state={state} />
        <Flex wrap gap={8} justify="flex-end" className={styles.actions ?? ''}>
          {actions?.(values)}
          {hasHead && refresh}
        </Flex>
      </div>
      {page.error && <ErrorNotice error={page.error} onRetry={() => page.refetch()} />}
      {(page.data || page.isPending) && (
        <Table<Row>
          aria-label={label}
          size="middle"
          columns={columns}
          dataSource={page.data?.data ?? []}
          rowKey={rowKey}
          loading={page.isPending}
          pagination={false}
          scroll={{ x: 'max-content' }}
          locale={{ emptyText: page.isPending ? ' ' : nothing }}
          {...(expand && {
            expandable: {
              expandedRowRender: expand,
              columnTitle: <span className="visually-hidden">{t('table.expand')}</span>,
            },
          })}
          {...(onRow && { onRow: (row: Row) => clickable(() => onRow(row)) })}
        />
      )}
      <Turning state={state} count={page.data?.data.length ?? 0} next={page.data?.next_cursor ?? null}>
        {!hasHead && refresh}
      </Turning>
    </Flex>
  );
}

function Nothing() {
  return <EmptyState title={useTexts(common)('table.nothingHere')} />;
}

/** A row that is a button must be one for the keyboard, too. */
function clickable(act: () => void) {
  return {
    tabIndex: 0,
    style: { cursor: 'pointer' },
    onClick: act,
    onKeyDown: (event: React.KeyboardEvent) => {
      if (event.key === 'Enter' && event.target === event.currentTarget) act();
    },
  };
}

interface TurningProps {
  state: FilterState;
  count: number;
  next: string | null;
  children: ReactNode;
}

/** Cursors lead forward only; the way back is the pages that were seen. Where all is on one page, nothing is offered. */
function Turning({ state, count, next, children }: TurningProps) {
  const t = useTexts(common);
  const seen = useRef<(string | null)[]>([]);
  const isFirst = state.cursor === null;
  const isWhole = isFirst && !next;
  if (isFirst) seen.current = [];

  function turnForward() {
    seen.current.push(state.cursor);
    state.turnTo(next);
  }

  return (
    <Flex wrap gap={8} justify="space-between" align="center">
      <Typography.Text type="secondary" aria-live="polite">
        {count > 0 && t('table.rows', { count })}
      </Typography.Text>
      <Flex gap={8} wrap>
        {children}
        {(!isWhole || count > Math.min(...PAGE_SIZES)) && (
          <Select
            aria-label={t('table.pageSize')}
            value={state.limit}
            onChange={state.resize}
            options={PAGE_SIZES.map((size) => ({ value: size, label: t('table.perPage', { count: size }) }))}
          />
        )}
        {!isWhole && (
          <>
            <Button
              disabled={isFirst}
              icon={<LeftOutlined aria-hidden />}
              onClick={() => state.turnTo(seen.current.pop() ?? null)}
            >
              {seen.current.length > 0 || isFirst ? t('table.previous') : t('table.first')}
            </Button>
            <Button disabled={!next} icon={<RightOutlined aria-hidden />} iconPlacement="end" onClick={turnForward}>
              {t('table.next')}
            </Button>
          </>
        )}
      </Flex>
    </Flex>
  );
}
