/** The versions of a price in order of time: what is coming, what holds now, and what held before. */
import { Flex, Skeleton, Tag, Timeline, Typography } from 'antd';
import type { PriceBody } from '@/api/schema';
import { DateTime } from '@/components/DateTime';
import { EmptyState } from '@/components/EmptyState';
import { formatCount } from '@/components/numbers';
import { ProductName } from '@/components/ProductName';
import { useProductNames } from '@/components/useProductNames';
import { adminModels } from '@/i18n/adminModels';
import { useLanguage, useTexts } from '@/i18n/i18n';
import { amountOfPicos, LEAVES, rateOfPicos, type StoredCard } from './card';

interface Props {
  cards: PriceBody[];
  now: PriceBody | undefined;
  isLoading: boolean;
}

export function PriceTimeline({ cards, now, isLoading }: Props) {
  const t = useTexts(adminModels);
  if (isLoading) return <Skeleton active />;
  if (cards.length === 0) return <EmptyState title={t('prices.none')} />;
  const ordered = [...cards].sort(
    (one, other) => other.effective_at.localeCompare(one.effective_at) || other.version - one.version,
  );
  return (
    <>
      <Typography.Paragraph type="secondary">{t('prices.hint')}</Typography.Paragraph>
      <Timeline
        aria-label={t('prices.timeline')}
        items={ordered.map((card) => ({
          key: card.id,
          color: card.id === now?.id ? 'green' : 'gray',
          content: <Version card={card} state={stateOf(card, now)} />,
        }))}
      />
    </>
  );
}

function stateOf(card: PriceBody, now: PriceBody | undefined): 'now' | 'coming' | 'past' {
  if (card.id === now?.id) return 'now';
  return new Date(card.effective_at) > new Date() ? 'coming' : 'past';
}

const COLORS = { now: 'success', coming: 'blue', past: 'default' } as const;

function Version({ card, state }: { card: PriceBody; state: 'now' | 'coming' | 'past' }) {
  const t = useTexts(adminModels);
  return (
    <Flex vertical gap={4}>
      <Flex wrap gap={8} align="center">
        <strong>{t('prices.version', { version: card.version })}</strong>
        <Tag color={COLORS[state]}>{t(`prices.${state}`)}</Tag>
        <Typography.Text type="secondary">
          {t('prices.from')} <DateTime at={card.effective_at} />
        </Typography.Text>
      </Flex>
      <Rates card={card} />
    </Flex>
  );
}

/** Everything that a card prices, tier by tier. */
export function Rates({ card }: { card: StoredCard }) {
  const nameOf = useProductNames();
  const t = useTexts(adminModels);
  const language = useLanguage();
  return (
    <Flex vertical gap={2}>
      {card.tiers.map(({ from_input_tokens_above: above, rates_picos: rates }) => (
        <Flex key={above} wrap gap="0 16px">
          {above > 0 && (
            <em>{t('prices.above', { count: above }).replace(String(above), formatCount(above, language))}</em>
          )}
          {LEAVES.map((leaf) => {
            const picos = rates[leaf];
            if (picos === undefined) return null;
            const rate = `${rateOfPicos(picos)} ${card.currency}`;
            return (
              <span key={leaf}>
                <ProductName family="leaves" name={leaf} isPlain />: {t('prices.perMillion', { rate })}
              </span>
            );
          })}
        </Flex>
      ))}
      {card.per_request_picos > 0 && (
        <span>{t('prices.perRequest', { rate: `${amountOfPicos(card.per_request_picos)} ${card.currency}` })}</span>
      )}
      {Object.entries(card.unit_picos).map(([unit, picos]) => (
        <span key={unit}>
          {t('prices.perUnit', {
            rate: `${amountOfPicos(picos)} ${card.currency}`,
            unit: nameOf('units', unit) ?? unit,
          })}
        </span>
      ))}
    </Flex>
  );
}
