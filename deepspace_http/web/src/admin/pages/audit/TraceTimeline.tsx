/** Everything that is known of a trace, in the order it happened; each entry opens to what it says. */
import { Collapse, Flex, Tag, Timeline, Typography } from 'antd';
import type { TraceEntryBody } from '@/api/schema';
import { formatTime, useTimeZone } from '@/components/DateTime';
import { adminAudit } from '@/i18n/adminAudit';
import { adminParts } from '@/i18n/adminParts';
import { useLanguage, useTexts } from '@/i18n/i18n';
import { duration } from '../../parts/durations';
import { JsonView } from '../../parts/JsonView';
import { type Kind, kindOf } from './story';
import { TraceTitle } from './TraceTitle';

const COLORS: Record<Kind, string> = {
  request: 'blue',
  usage: 'cyan',
  job: 'purple',
  ledger: 'green',
  event: 'gold',
  other: 'gray',
};

export function TraceTimeline({ entries }: { entries: readonly TraceEntryBody[] }) {
  const first = Date.parse(entries[0]?.at ?? '');
  return (
    <Timeline
      style={{ marginBlockStart: 12 }}
      items={entries.map((entry, index) => ({
        key: `${entry.kind} ${entry.at} ${index}`,
        color: COLORS[kindOf(entry)],
        content: <Entry entry={entry} sinceMs={Date.parse(entry.at) - first} />,
      }))}
    />
  );
}

function Entry({ entry, sinceMs }: { entry: TraceEntryBody; sinceMs: number }) {
  const t = useTexts(adminAudit);
  const parts = useTexts(adminParts);
  const language = useLanguage();
  const zone = useTimeZone();
  const kind = kindOf(entry);
  return (
    <Flex vertical gap={2}>
      <Flex gap={8} wrap align="center">
        <Tag>{t(`trace.kinds.${kind}`)}</Tag>
        <TraceTitle entry={entry} />
      </Flex>
      <Typography.Text type="secondary">
        <time dateTime={entry.at}>{formatTime(entry.at, { language, zone, withSeconds: true })}</time>
        {sinceMs > 0 && ` · +${duration(sinceMs)}`}
      </Typography.Text>
      <Collapse
        ghost
        size="small"
        items={[{ key: 'details', label: parts('details'), children: <JsonView value={entry.details} /> }]}
      />
    </Flex>
  );
}
