/** The column of a table that leads to each row's trace. */
import type { TableColumnsType } from 'antd';
import { adminParts } from '@/i18n/adminParts';
import { useTexts } from '@/i18n/i18n';
import { TraceLink } from './TraceLink';

export function traceColumn<Row extends { trace_id: string }>(): TableColumnsType<Row>[number] {
  return { title: <Title />, key: 'trace', render: (_, row) => <TraceLink id={row.trace_id} /> };
}

function Title() {
  return useTexts(adminParts)('trace');
}
