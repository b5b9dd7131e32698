/** The amounts of a rate card, tier by tier. */
import DeleteOutlined from '@ant-design/icons/DeleteOutlined';
import PlusOutlined from '@ant-design/icons/PlusOutlined';
import { Button, Card, Flex, Form, Input, InputNumber, Select } from 'antd';
import { useProductNames } from '@/components/useProductNames';
import { adminModels } from '@/i18n/adminModels';
import { useTexts } from '@/i18n/i18n';
import { LEAVES, type Leaf, picosOfAmount, picosOfRate, type TypedCard, UNITS } from './card';

const CURRENCIES = ['USD', 'CNY', 'EUR'];
const NEEDED: readonly Leaf[] = ['input_uncached', 'output_text'];
const NEXT_TIER_TOKENS = 128_000;

interface Props {
  typed: TypedCard;
  change: (typed: TypedCard) => void;
}

export function CardFields({ typed, change }: Props) {
  const t = useTexts(adminModels);
  const last = typed.tiers.at(-1);

  function changeTier(index: number, tier: TypedCard['tiers'][number]) {
    change({ ...typed, tiers: typed.tiers.map((one, at) => (at === index ? tier : one)) });
  }

  function addTier() {
    const above = Math.max(NEXT_TIER_TOKENS, (last?.above ?? 0) * 2);
    change({ ...typed, tiers: [...typed.tiers, { above, rates: { ...last?.rates } }] });
  }

  return (
    <Form layout="vertical" component="div">
      <Form.Item label={t('prices.currency')} htmlFor="price-currency">
        <Select
          id="price-currency"
          style={{ width: 120 }}
          value={typed.currency}
          onChange={(currency) => change({ ...typed, currency })}
          options={CURRENCIES.map((value) => ({ value, label: value }))}
        />
      </Form.Item>
      <Flex vertical gap={12}>
        {typed.tiers.map((tier, index) => (
          <TierFields
            // biome-ignore lint/suspicious/noArrayIndexKey: tiers are told apart by their place; a threshold is typed
            key={index}
            index={index}
            tier={tier}
            change={(changed) => changeTier(index, changed)}
            remove={() => change({ ...typed, tiers: typed.tiers.filter((_, at) => at !== index) })}
          />
        ))}
        <div>
          <Button icon={<PlusOutlined />} onClick={addTier}>
            {t('prices.addTier')}
          </Button>
        </div>
        <Card size="small" title={t('prices.units')}>
          <Flex wrap gap="8px 16px">
            <Amount
              id="per-request"
              label={t('prices.requestPrice')}
              value={typed.perRequest}
              isRight={isAmount(typed.perRequest)}
              onChange={(perRequest) => change({ ...typed, perRequest })}
            />
            {UNITS.map((unit) => (
              <Amount
                key={unit}
                id={`unit-${unit}`}
                label={t(`prices.each.${unit}`)}
                value={typed.units[unit] ?? ''}
                isRight={isAmount(typed.units[unit] ?? '')}
                onChange={(text) => change({ ...typed, units: { ...typed.units, [unit]: text } })}
              />
            ))}
          </Flex>
        </Card>
      </Flex>
    </Form>
  );
}

function isAmount(text: string): boolean {
  return text.trim() === '' || picosOfAmount(text) !== null;
}

interface TierProps {
  index: number;
  tier: TypedCard['tiers'][number];
  change: (tier: TypedCard['tiers'][number]) => void;
  remove: () => void;
}

function TierFields({ index, tier, change, remove }: TierProps) {
  const nameOf = useProductNames();
  const t = useTexts(adminModels);
  const title =
    index === 0 ? (
      t('prices.baseTier')
    ) : (
      <Flex gap={8} align="center" wrap>
        <label htmlFor={`tier-${index}`}>{t('prices.tierAbove')}</label>
        <InputNumber
          id={`tier-${index}`}
          min={1}
          value={tier.above}
          onChange={(above) => change({ ...tier, above: above ?? 1 })}
        />
      </Flex>
    );
  return (
    <Card
      size="small"
      title={title}
      extra={
        index > 0 && (
          <Button type="text" icon={<DeleteOutlined />} aria-label={t('prices.removeTier')} onClick={remove} />
        )
      }
    >
      <Flex wrap gap="8px 16px">
        {LEAVES.map((leaf) => {
          const text = tier.rates[leaf] ?? '';
          const isEmpty = text.trim() === '';
          return (
            <Amount
              key={leaf}
              id={`rate-${index}-${leaf}`}
              label={nameOf('leaves', leaf) ?? leaf}
              value={text}
              isNeeded={NEEDED.includes(leaf)}
              isRight={isEmpty || picosOfRate(text) !== null}
              onChange={(value) => change({ ...tier, rates: { ...tier.rates, [leaf]: value } })}
            />
          );
        })}
      </Flex>
    </Card>
  );
}

interface AmountProps {
  id: string;
  label: string;
  value: string;
  isRight: boolean;
  isNeeded?: boolean;
  onChange: (value: string) => void;
}

function Amount({ id, label, value, isRight, isNeeded = false, onChange }: AmountProps) {
  const t = useTexts(adminModels);
  return (
    <Form.Item
      label={label}
      htmlFor={id}
      required={isNeeded}
      style={{ marginBlockEnd: 0, flex: '1 1 130px', maxWidth: 180 }}
      {...(!isRight && { validateStatus: 'error' as const, help: t('prices.notAmount') })}
    >
      <Input id={id} inputMode="decimal" value={value} onChange={(event) => onChange(event.target.value)} />
    </Form.Item>
  );
}
