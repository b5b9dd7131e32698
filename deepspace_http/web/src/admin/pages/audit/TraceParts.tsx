/** The parts of a trace's page: who and what, the stages as bars, the money, the tokens. */
import { Tag, Typography } from 'antd';
import type { ReactNode } from 'react';
import { Given } from '@/components/Given';
import { Money } from '@/components/Money';
import { formatBytes, formatCount } from '@/components/numbers';
import { ProductName } from '@/components/ProductName';
import { adminAudit } from '@/i18n/adminAudit';
import { adminBilling } from '@/i18n/adminBilling';
import { type Translate, useLanguage, useTexts } from '@/i18n/i18n';
import { duration, microDuration } from '../../parts/durations';
import { IdText } from '../../parts/IdText';
import { Named, OrgName } from '../../parts/Named';
import { StatusTag } from './StatusTag';
import type { MovementDetails, RequestDetails, Story, Told, UsageDetails } from './story';
import styles from './TracePage.module.css';

const MICROS = 1_000;

type FactList = [string, ReactNode][];
type T = Translate<typeof adminAudit.en>;

export function Summary({ story }: { story: Story }) {
  const t = useTexts(adminAudit);
  const language = useLanguage();
  const request = story.request?.details ?? null;
  const usage = story.usage?.details ?? null;
  const facts: FactList = [
    ...(request ? answerFacts(t, request) : []),
    [t('trace.caller'), <OrgName key="org" id={request?.org_id ?? usage?.org_id} />],
    ...(request ? callerFacts(t, request) : []),
    ...(usage ? usageFacts(t, usage) : []),
    ...(request ? wayFacts(t, request, (bytes) => formatBytes(bytes, language)) : []),
  ];
  return (
    <dl className={styles.facts}>
      {facts
        .filter(([, value]) => Boolean(value))
        .map(([name, value]) => (
          <Fact key={name} name={name} value={value} />
        ))}
    </dl>
  );
}

function answerFacts(t: T, { method, route, status, error_code: code }: RequestDetails): FactList {
  return [
    [
      t('trace.request'),
      <Typography.Text key="call" code>
        {method} {route}
      </Typography.Text>,
    ],
    [t('trace.status'), <StatusTag key="status" status={status} code={code} />],
  ];
}

function callerFacts(t: T, request: RequestDetails): FactList {
  const firstToken = request.first_token_ms;
  return [
    [t('trace.key'), request.api_key_id && <Named id={request.api_key_id} />],
    [t('trace.user'), request.user_id && <Named id={request.user_id} />],
    [t('trace.project'), request.project_id && <Named id={request.project_id} />],
    [t('trace.duration'), duration(request.duration_ms)],
    [t('trace.firstToken'), firstToken === null ? null : duration(firstToken)],
  ];
}

function usageFacts(t: T, usage: UsageDetails): FactList {
  return [
    [t('trace.model'), <Given key="model">{usage.model}</Given>],
    [t('trace.ending'), <ProductName key="ending" family="endings" name={usage.ending} isPlain />],
    [t('trace.cost'), `${usage.cost} ${usage.currency}`],
    [t('trace.upstreamCost'), usage.upstream_cost && `${usage.upstream_cost} ${usage.upstream_cost_currency ?? ''}`],
    [t('trace.margin'), usage.margin && `${usage.margin} ${usage.currency}`],
  ];
}

function wayFacts(t: T, request: RequestDetails, bytes: (count: number) => string): FactList {
  return [
    [t('trace.channel'), request.channel && <Given key="channel">{request.channel}</Given>],
    [t('trace.attempts'), String(request.attempts)],
    [t('trace.upstreamId'), request.upstream_request_id && <IdText id={request.upstream_request_id} />],
    [t('trace.address'), request.client_address],
    [t('trace.client'), request.user_agent && <Given key="client">{request.user_agent}</Given>],
    [t('trace.bytes'), `${bytes(request.request_bytes)} / ${bytes(request.response_bytes)}`],
  ];
}

function Fact({ name, value }: { name: string; value: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

/** Bars on one axis: the request's whole duration. */
export function Stages({ request }: { request: RequestDetails }) {
  const last = Math.max(...request.stages.map((stage) => stage.began_micros + stage.duration_micros), 1);
  const whole = Math.max(request.duration_ms * MICROS, last);
  return (
    <ol className={styles.stages}>
      {request.stages.map((stage) => {
        const isRefused = stage.verdict !== 'passed';
        const start = (stage.began_micros / whole) * 100;
        const width = Math.max((stage.duration_micros / whole) * 100, 0.3);
        return (
          <li key={`${stage.name} ${stage.began_micros}`}>
            <span>
              <ProductName family="stages" name={stage.name} isPlain />{' '}
              {isRefused && (
                <Tag color="error">
                  <ProductName family="verdicts" name={stage.verdict} isPlain />
                </Tag>
              )}
            </span>
            <span className={`${styles.track} ${isRefused ? styles.refused : ''}`} aria-hidden>
              <span
                className={styles.bar}
                style={{ insetInlineStart: `${Math.min(start, 99)}%`, width: `${width}%` }}
              />
            </span>
            <span className={styles.time}>{microDuration(stage.duration_micros)}</span>
            <Typography.Text type="secondary" className={`${styles.time} ${styles.offset}`}>
              +{microDuration(stage.began_micros)}
            </Typography.Text>
          </li>
        );
      })}
    </ol>
  );
}

export function Movements({ movements, usage }: { movements: Told<MovementDetails>[]; usage: UsageDetails | null }) {
  const t = useTexts(adminAudit);
  const billing = useTexts(adminBilling);
  return (
    <>
      <table className={styles.plain}>
        <thead>
          <tr>
            <th scope="col">{billing('transactions.type')}</th>
            <th scope="col" className={styles.number}>
              {billing('transactions.amount')}
            </th>
            <th scope="col" className={styles.number}>
              {t('trace.balanceAfter')}
            </th>
          </tr>
        </thead>
        <tbody>
          {movements.map(({ entry, details }) => (
            <tr key={details.transaction_id}>
              <td>
                {billing(`transactions.types.${entry.kind.replace('ledger.', '') as 'hold'}`)}{' '}
                {details.late && <Tag color="warning">{billing('transactions.late')}</Tag>}
                {details.released_nanos > 0 && (
                  <Typography.Text type="secondary">
                    {t('trace.released')} <Money nanos={details.released_nanos} currency={details.currency} />
                  </Typography.Text>
                )}
              </td>
              <td className={styles.number}>
                <Money nanos={details.amount_nanos} currency={details.currency} />
              </td>
              <td className={styles.number}>
                <Money nanos={details.balance_after_nanos} currency={details.currency} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {usage?.price_id && (
        <Typography.Paragraph style={{ margin: '12px 0 0' }}>
          {t('trace.price')}:{' '}
          {usage.price_version !== null && t('trace.priceVersion', { version: usage.price_version })}{' '}
          <IdText id={usage.price_id} />
        </Typography.Paragraph>
      )}
    </>
  );
}

export function Tokens({ usage }: { usage: UsageDetails }) {
  const t = useTexts(adminAudit);
  const billing = useTexts(adminBilling);
  const language = useLanguage();
  const counted = [
    ['leaves', usage.tokens],
    ['units', usage.units],
  ] as const;
  const rows = counted.flatMap(([family, counts]) =>
    Object.entries(counts).map(([name, count]) => ({ family, name, count })),
  );
  return (
    <>
      <table className={styles.plain}>
        <thead>
          <tr>
            <th scope="col">{t('trace.leaf')}</th>
            <th scope="col" className={styles.number}>
              {t('trace.count')}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ family, name, count }) => (
            <tr key={name}>
              <td>
                <ProductName family={family} name={name} isPlain />
              </td>
              <td className={styles.number}>{formatCount(count, language)}</td>
            </tr>
          ))}
          <tr>
            <th scope="row">{t('trace.cost')}</th>
            <td className={styles.number}>
              <strong>
                {usage.cost} {usage.currency}
              </strong>
            </td>
          </tr>
        </tbody>
      </table>
      <Typography.Paragraph type="secondary" style={{ margin: '8px 0 0' }}>
        {billing('usage.source')}: {billing(`usage.sources.${usage.usage_source as 'upstream'}`)}
      </Typography.Paragraph>
    </>
  );
}
