/** The audit trail of everybody: who did what to what. */
import type { TableColumnsType } from 'antd';
import { Link } from 'react-router';
import { eventsKey, loadEvents } from '@/api/queries/adminAudit';
import type { EventBody } from '@/api/schema';
import { CursorTable } from '@/components/CursorTable';
import { DateTime } from '@/components/DateTime';
import { EmptyState } from '@/components/EmptyState';
import type { Filter } from '@/components/filters';
import { ProductName } from '@/components/ProductName';
import { adminAudit } from '@/i18n/adminAudit';
import { adminParts } from '@/i18n/adminParts';
import { type Translate, useTexts } from '@/i18n/i18n';
import { ExportButton } from '../../parts/ExportButton';
import { orgFilter } from '../../parts/filters';
import { IdText } from '../../parts/IdText';
import { JsonView } from '../../parts/JsonView';
import { ActorName, OrgName } from '../../parts/Named';
import { traceColumn } from '../../parts/traceColumn';

export function Component() {
  const t = useTexts(adminAudit);
  const parts = useTexts(adminParts);
  return (
    <CursorTable<EventBody>
      label={t('events.label')}
      queryKey={eventsKey}
      load={loadEvents}
      columns={columnsOf(t, parts)}
      rowKey="id"
      filters={filtersOf(t, parts)}
      empty={<EmptyState title={t('events.empty')} />}
      expand={(row) => <JsonView value={row.payload} />}
      actions={(wanted) => <ExportButton kind="audit" filters={wanted} />}
    />
  );
}

function filtersOf(t: Translate<typeof adminAudit.en>, parts: Translate<typeof adminParts.en>): Filter[] {
  return [
    orgFilter(parts('organization')),
    { key: 'event_type', kind: 'text', label: t('events.typeHint'), width: 230 },
    { key: 'actor', kind: 'text', label: t('events.actor'), width: 150 },
    { key: 'subject', kind: 'text', label: t('events.subject'), width: 150 },
    { key: 'trace_id', kind: 'text', label: parts('traceId'), width: 150 },
    { key: 'period', kind: 'period', label: parts('period') },
  ];
}

function columnsOf(
  t: Translate<typeof adminAudit.en>,
  parts: Translate<typeof adminParts.en>,
): TableColumnsType<EventBody> {
  return [
    { title: t('events.at'), key: 'at', render: (_, row) => <DateTime at={row.at} withSeconds /> },
    {
      title: t('events.type'),
      key: 'type',
      render: (_, row) => <ProductName family="events" name={row.event_type} />,
    },
    { title: parts('organization'), key: 'org', render: (_, row) => <OrgName id={row.org_id} /> },
    {
      title: parts('actor'),
      key: 'actor',
      render: (_, row) => (
        <Link to={`/audit/events?actor=${encodeURIComponent(row.actor)}`}>
          <ActorName actor={row.actor} />
        </Link>
      ),
    },
    { title: t('events.about'), key: 'subject', render: (_, row) => <IdText id={row.subject} /> },
    traceColumn(),
  ];
}
