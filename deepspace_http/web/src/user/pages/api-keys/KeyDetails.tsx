/** All there is to know of one key: what it may, its limits, its secrets' ends, and what it cost. */
import { Descriptions, Flex, Tag } from 'antd';
import { useMemo } from 'react';
import { useKeyLimits } from '@/api/queries/apiKeys';
import { useWallet } from '@/api/queries/billing';
import { useMay } from '@/api/queries/places';
import type { ApiKeyBody, LimitBody } from '@/api/schema';
import { CopyButton } from '@/components/CopyButton';
import { DateTime, useTimeZone } from '@/components/DateTime';
import { formatCount } from '@/components/numbers';
import { useScopeNames } from '@/components/useScopeNames';
import { apiKeys } from '@/i18n/apiKeys';
import { useLanguage, useTexts } from '@/i18n/i18n';
import { lastDays } from '../billing/spans';
import { UsageChart } from '../billing/UsageChart';
import { KeyAddresses } from './KeyAddresses';

const DAYS = 30;

export function KeyDetails({ apiKey }: { apiKey: ApiKeyBody }) {
  const t = useTexts(apiKeys);
  const may = useMay();
  const zone = useTimeZone();
  const span = useMemo(() => lastDays(DAYS, zone), [zone]);
  const { data: wallet } = useWallet();
  const nameOf = useScopeNames();
  const maySeeRules = may('organization:read');
  const { data: limits } = useKeyLimits(apiKey.id, maySeeRules);
  const items = [
    { key: 'scopes', label: t('scopes'), children: <Tags texts={apiKey.scopes.map(nameOf)} /> },
    { key: 'models', label: t('models'), children: <Tags texts={apiKey.model_allow_list ?? [t('allModels')]} /> },
    ...(maySeeRules
      ? [
          { key: 'limits', label: t('limits'), children: limits ? <Limits limits={limits} /> : '–' },
          { key: 'addresses', label: t('addresses'), children: <KeyAddresses apiKey={apiKey} /> },
        ]
      : []),
    { key: 'created', label: t('created'), children: <DateTime at={apiKey.created_at} /> },
    ...(apiKey.rotated_at
      ? [
          { key: 'rotated', label: t('rotated'), children: <DateTime at={apiKey.rotated_at} /> },
          { key: 'old', label: t('oldWorks'), children: <DateTime at={apiKey.previous_expires_at} /> },
        ]
      : []),
    {
      key: 'id',
      label: 'ID',
      children: (
        <span style={{ overflowWrap: 'anywhere' }}>
          <code>{apiKey.id}</code> <CopyButton text={apiKey.id} />
        </span>
      ),
    },
  ];
  return (
    <Flex vertical gap={16} style={{ maxWidth: 900 }}>
      <Descriptions size="small" column={{ xs: 1, md: 2 }} items={items} />
      {may('usage:read') && (
        <UsageChart
          label={t('usageByDay')}
          span={span}
          currency={wallet?.currency ?? 'USD'}
          measure="cost"
          filter={{ api_key_id: apiKey.id }}
          height={160}
        />
      )}
    </Flex>
  );
}

function Tags({ texts }: { texts: string[] }) {
  return (
    <Flex gap={4} wrap>
      {texts.map((text) => (
        <Tag key={text}>{text}</Tag>
      ))}
    </Flex>
  );
}

function Limits({ limits }: { limits: LimitBody[] }) {
  const t = useTexts(apiKeys);
  const language = useLanguage();
  const told = limits.map(({ metric, window_seconds, cap }) => {
    const shown = { cap: formatCount(cap, language), metric, seconds: window_seconds };
    if (metric === 'concurrency') return t('atOnce', shown);
    if (metric === 'requests' && window_seconds === 60) return t('perMinute', shown);
    return metric === 'tokens' && window_seconds === 86_400 ? t('perDay', shown) : t('otherLimit', shown);
  });
  return <Tags texts={told.length > 0 ? told : [t('noLimits')]} />;
}
