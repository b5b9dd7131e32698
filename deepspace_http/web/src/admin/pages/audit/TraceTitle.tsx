/** What one entry of a trace says, as a line in the reader's language; made of its details, not of its English title. */
import { Flex, Typography } from 'antd';
import type { TraceEntryBody } from '@/api/schema';
import { Given } from '@/components/Given';
import { Money } from '@/components/Money';
import { formatCount } from '@/components/numbers';
import { ProductName } from '@/components/ProductName';
import { adminAudit } from '@/i18n/adminAudit';
import { adminBilling } from '@/i18n/adminBilling';
import { adminParts } from '@/i18n/adminParts';
import { useLanguage, useTexts } from '@/i18n/i18n';
import { ActorName } from '../../parts/Named';
import { StatusTag } from './StatusTag';
import {
  type EventDetails,
  type JobDetails,
  type Kind,
  kindOf,
  type MovementDetails,
  type RequestDetails,
  tokensOf,
  type UsageDetails,
} from './story';

export function TraceTitle({ entry }: { entry: TraceEntryBody }) {
  const Title = TITLES[kindOf(entry)];
  return (
    <Flex gap={8} wrap align="center">
      <Title entry={entry} />
    </Flex>
  );
}

type EntryProps = { entry: TraceEntryBody };

const TITLES: Record<Kind, (props: EntryProps) => React.ReactNode> = {
  request: RequestTitle,
  usage: UsageTitle,
  job: JobTitle,
  ledger: MovementTitle,
  event: EventTitle,
  other: ({ entry }) => <Given>{entry.title}</Given>,
};

function RequestTitle({ entry }: EntryProps) {
  const { method, route, status, error_code: code } = entry.details as unknown as RequestDetails;
  return (
    <>
      <Typography.Text code>
        {method} {route}
      </Typography.Text>
      <StatusTag status={status} code={code} />
    </>
  );
}

function UsageTitle({ entry }: EntryProps) {
  const t = useTexts(adminAudit);
  const language = useLanguage();
  const { model, tokens, ending } = entry.details as unknown as UsageDetails;
  const { input, output } = tokensOf(tokens);
  const counts = { input: formatCount(input, language), output: formatCount(output, language) };
  return (
    <>
      <strong translate="no">{model}</strong>
      <span>{t('trace.inAndOut', counts)}</span>
      <ProductName family="endings" name={ending} isPlain />
    </>
  );
}

function JobTitle({ entry }: EntryProps) {
  const t = useTexts(adminAudit);
  const parts = useTexts(adminParts);
  const { name, state, attempts } = entry.details as unknown as JobDetails;
  return (
    <>
      <ProductName family="jobs" name={name} />
      <span>{parts(`job.states.${state as 'queued'}`)}</span>
      {attempts > 1 && <span>{t('trace.afterAttempts', { count: attempts })}</span>}
    </>
  );
}

function MovementTitle({ entry }: EntryProps) {
  const billing = useTexts(adminBilling);
  const { amount_nanos: nanos, currency } = entry.details as unknown as MovementDetails;
  return (
    <>
      <strong>{billing(`transactions.types.${entry.kind.replace('ledger.', '') as 'hold'}`)}</strong>
      <Money nanos={nanos} currency={currency} />
    </>
  );
}

function EventTitle({ entry }: EntryProps) {
  const { actor } = entry.details as unknown as EventDetails;
  return (
    <>
      <ProductName family="events" name={entry.kind.replace('event.', '')} />
      <ActorName actor={actor} />
    </>
  );
}
