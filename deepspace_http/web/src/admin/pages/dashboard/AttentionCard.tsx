/** What an operator should look at now, the worst first, each with the way to where it is mended. */
import CheckCircleOutlined from '@ant-design/icons/CheckCircleOutlined';
import { Card, Flex, Skeleton, Tag, Typography } from 'antd';
import { Link } from 'react-router';
import { useAttention } from '@/api/queries/overview';
import type { AttentionItemBody } from '@/api/schema';
import { DateTime } from '@/components/DateTime';
import { ErrorNotice } from '@/components/ErrorNotice';
import { useProductNames } from '@/components/useProductNames';
import { adminDashboard } from '@/i18n/adminDashboard';
import { useTexts } from '@/i18n/i18n';
import styles from './Dashboard.module.css';

const PLACES: Record<AttentionItemBody['kind'], (item: AttentionItemBody) => string> = {
  dependency_away: () => '/system',
  channel_failing: ({ subject }) => `/models/channels/${encodeURIComponent(subject)}`,
  channel_unchecked: ({ subject }) => `/models/channels/${encodeURIComponent(subject)}`,
  jobs_dead: ({ subject }) => `/system/jobs?state=dead&name=${encodeURIComponent(subject)}`,
  jobs_late: ({ subject }) => `/system/jobs?state=queued&name=${encodeURIComponent(subject)}`,
  webhook_failing: ({ org_id }) => `/system/webhooks?org_id=${org_id ?? ''}`,
  webhook_disabled: ({ org_id }) => `/system/webhooks?org_id=${org_id ?? ''}`,
  ledger_unsound: () => '/billing',
  ledger_unaudited: () => '/billing',
  seals_broken: () => '/audit/seals',
  seals_unverified: () => '/audit/seals',
  books_differ: () => '/billing/reconciliations',
  books_stale: () => '/billing/reconciliations',
  model_unpriced: ({ subject }) => `/models/catalogue/${subject}`,
};

export function AttentionCard() {
  const t = useTexts(adminDashboard);
  const { data, error, isPending, refetch } = useAttention();
  return (
    <Card size="small" title={t('attention.title')}>
      {isPending && <Skeleton active title={false} paragraph={{ rows: 2 }} />}
      {error && !data && <ErrorNotice error={error} onRetry={() => refetch()} />}
      {data?.data.length === 0 && <Nothing />}
      <ul className={styles.items}>
        {data?.data.map((item) => (
          <li key={`${item.kind} ${item.subject}`} className={styles.item}>
            <Item item={item} />
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Nothing() {
  const t = useTexts(adminDashboard);
  return (
    <Flex gap={12} align="center">
      <CheckCircleOutlined style={{ color: 'var(--ant-color-success)', fontSize: 20 }} aria-hidden />
      <div>
        <div>{t('attention.nothing')}</div>
        <Typography.Text type="secondary">{t('attention.nothingHint')}</Typography.Text>
      </div>
    </Flex>
  );
}

function Item({ item }: { item: AttentionItemBody }) {
  const t = useTexts(adminDashboard);
  const nameOf = useProductNames();
  const { kind, severity, subject, detail, count } = item;
  const name = nameOf('jobs', subject) ?? subject;
  return (
    <>
      <Tag color={severity === 'critical' ? 'error' : 'warning'}>{t(`attention.${severity}`)}</Tag>
      <span className={styles.what}>
        {t(`attention.kinds.${kind}`, { subject: name, detail: nameOf('books', detail) ?? detail, count })}
      </span>
      {item.since && (
        <Typography.Text type="secondary">
          {t('attention.since')} <DateTime at={item.since} />
        </Typography.Text>
      )}
      <Link to={PLACES[kind](item)}>{t('attention.go')}</Link>
    </>
  );
}
