/** What usage is made of, as a list with bars; and what it came to beside the time before. */
import { Flex, Typography } from 'antd';
import type { ComparedBody, UsageBreakdownBody } from '@/api/schema';
import { EmptyState } from '@/components/EmptyState';
import { Given } from '@/components/Given';
import { Money } from '@/components/Money';
import { formatCount } from '@/components/numbers';
import { ShareList } from '@/components/ShareList';
import { billing } from '@/i18n/billing';
import { useLanguage, useTexts } from '@/i18n/i18n';

interface Props {
  label: string;
  breakdown: UsageBreakdownBody;
  nameOf?: (value: string | null) => string;
}

const plain = (value: string | null) => value ?? '–';

export function BreakdownList({ label, breakdown, nameOf = plain }: Props) {
  const t = useTexts(billing);
  const language = useLanguage();
  const used = breakdown.parts.filter(({ sums }) => sums.requests > 0);
  if (used.length === 0) return <EmptyState title={t('nothingUsed')} />;
  const shares = used.map(({ value, sums }) => ({
    key: `${value} ${sums.currency}`,
    label: <Given>{nameOf(value)}</Given>,
    size: sums.cost_nanos,
    value: (
      <span style={{ whiteSpace: 'nowrap' }}>
        <Typography.Text type="secondary">
          {t('calls', { count: sums.requests, shown: formatCount(sums.requests, language) })}
        </Typography.Text>{' '}
        <Money nanos={sums.cost_nanos} currency={sums.currency} />
      </span>
    ),
  }));
  const others = breakdown.others.map(({ sums }) => ({
    key: `others ${sums.currency}`,
    label: t('others'),
    size: sums.cost_nanos,
    value: <Money nanos={sums.cost_nanos} currency={sums.currency} />,
  }));
  return <ShareList label={label} shares={[...shares, ...others]} />;
}

/** One line a currency: so much, so many calls, and how that compares. */
export function BreakdownTotal({ breakdown, days }: { breakdown: UsageBreakdownBody; days: number }) {
  return (
    <Flex wrap gap={24}>
      {breakdown.totals.map((total) => (
        <Total key={total.sums.currency} total={total} days={days} />
      ))}
    </Flex>
  );
}

function Total({ total: { sums, before }, days }: { total: ComparedBody; days: number }) {
  const t = useTexts(billing);
  const language = useLanguage();
  return (
    <Flex vertical>
      <span style={{ fontSize: 28, fontWeight: 600, lineHeight: 1.3 }}>
        <Money nanos={sums.cost_nanos} currency={sums.currency} />
      </span>
      <Typography.Text type="secondary">
        {t('calls', { count: sums.requests, shown: formatCount(sums.requests, language) })}
        {' · '}
        {t('before', { count: days })} <Money nanos={before.cost_nanos} currency={before.currency} />
        {changeOf(sums.cost_nanos, before.cost_nanos, language)}
      </Typography.Text>
    </Flex>
  );
}

/** " (+12%)"; nothing where there is nothing to compare with. */
export function changeOf(now: number, before: number, language: string): string {
  if (before === 0 || now === before) return '';
  const percent = new Intl.NumberFormat(language === 'zh' ? 'zh-CN' : 'en-US', {
    style: 'percent',
    maximumFractionDigits: 0,
    signDisplay: 'exceptZero',
  }).format((now - before) / before);
  return ` (${percent})`;
}
