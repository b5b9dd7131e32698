/**
 * A chart over time, drawn by uPlot, which is loaded when the first chart is. What it shows can be read as a table, too:
 * a canvas tells a screen reader nothing.
 */
import { Button, Flex, Skeleton, Table } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { common } from '@/i18n/common';
import { useTexts } from '@/i18n/i18n';
import { DateTime } from './DateTime';
import { Given } from './Given';
import type { TimeChartProps } from './TimeChartCanvas';

export type { Series } from './TimeChartCanvas';

const Canvas = lazy(() => import('./TimeChartCanvas'));

export function TimeChart(props: TimeChartProps) {
  const { label, height = 240 } = props;
  const t = useTexts(common);
  const [isTable, setTable] = useState(false);
  return (
    <Flex vertical gap={8} component="figure" aria-label={label} style={{ margin: 0, minWidth: 0 }}>
      <Flex justify="space-between" align="center" component="figcaption" gap={8}>
        <strong>{label}</strong>
        <Button size="small" type="text" aria-pressed={isTable} onClick={() => setTable(!isTable)}>
          {t(isTable ? 'chart.asChart' : 'chart.asTable')}
        </Button>
      </Flex>
      {isTable ? (
        <AsTable {...props} />
      ) : (
        <Suspense fallback={<Skeleton.Node active style={{ width: '100%', height }} />}>
          <Canvas {...props} height={height} />
        </Suspense>
      )}
    </Flex>
  );
}

function AsTable({ label, times, series, format }: TimeChartProps) {
  const t = useTexts(common);
  const rows = times.map((time, at) => ({ time, values: series.map((one) => one.values[at] ?? null) }));
  const columns = series.map((one, at) => ({
    title: one.isGiven ? <Given>{one.label}</Given> : one.label,
    key: one.label,
    align: 'right' as const,
    render: (_: unknown, row: (typeof rows)[number]) => writeValue(row.values[at] ?? null, format),
  }));
  return (
    <Table
      aria-label={label}
      size="small"
      rowKey="time"
      dataSource={rows}
      columns={[
        { title: t('chart.time'), dataIndex: 'time', render: (at: string) => <DateTime at={at} /> },
        ...columns,
      ]}
      pagination={rows.length > 20 ? { pageSize: 20, size: 'small' } : false}
      scroll={{ x: 'max-content' }}
    />
  );
}

function writeValue(value: number | null, format: (value: number) => string): string {
  return value === null ? '–' : format(value);
}
