/** The choice of the model, with what each costs. A menu: antd’s Select would weigh as much as the page. */
import DownOutlined from '@ant-design/icons/DownOutlined';
import { Button, Dropdown, Flex, Typography } from 'antd';
import { useChatModels } from '@/api/queries/chat';
import type { PricedModelBody } from '@/api/schema';
import { Given } from '@/components/Given';
import { chat } from '@/i18n/chat';
import { useTexts } from '@/i18n/i18n';
import styles from './ChatPage.module.css';

interface Props {
  value: string | undefined;
  onChange: (model: string) => void;
}

export function ModelPicker({ value, onChange }: Props) {
  const t = useTexts(chat);
  const { data: models = [], error, isPending, refetch } = useChatModels();
  if (error && models.length === 0) {
    return (
      <Button type="text" danger onClick={() => void refetch()}>
        {t('modelsFailed')}
      </Button>
    );
  }
  if (!isPending && models.length === 0) return <Typography.Text type="secondary">{t('noModels')}</Typography.Text>;
  const items = models.map((model) => ({ key: model.name, label: <Offer model={model} /> }));
  return (
    <Dropdown
      trigger={['click']}
      placement="topLeft"
      menu={{
        items,
        selectedKeys: value ? [value] : [],
        onClick: ({ key }) => onChange(key),
        className: styles.menu ?? '',
      }}
    >
      <Button type="text" loading={isPending} className={styles.model ?? ''}>
        <span className="visually-hidden">{t('model')} </span>
        <span className={styles.modelName} {...(value && { translate: 'no' })}>
          {value ?? t('model')}
        </span>
        <DownOutlined aria-hidden />
      </Button>
    </Dropdown>
  );
}

function Offer({ model }: { model: PricedModelBody }) {
  const t = useTexts(chat);
  return (
    <Flex vertical>
      <Given>{model.name}</Given>
      <Typography.Text type="secondary" style={{ fontSize: 12 }}>
        {usePriceText(model)}
        {model.kinds.includes('vision') && ` · ${t('sees')}`}
      </Typography.Text>
    </Flex>
  );
}

/** Of the first tier: what most calls pay. */
function usePriceText(model: PricedModelBody): string {
  const t = useTexts(chat);
  const rates = model.price?.tiers[0]?.rates_per_million;
  if (!rates || !model.price) return t('noPrice');
  const amount = (leaf: string) => `${rates[leaf] ?? '0'} ${model.price?.currency}`;
  return t('pricePerMillion', { input: amount('input_uncached'), output: amount('output_text') });
}
