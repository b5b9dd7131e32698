/** Sets the next version of a price: typed, then looked at beside the present one, then confirmed. */
import { Alert, Button, DatePicker, Flex, Table, type TableColumnsType, Typography } from 'antd';
import type { Dayjs } from 'dayjs';
import { useState } from 'react';
import { useSetPrice } from '@/api/queries/catalogue';
import type { CatalogueModelBody, PriceBody } from '@/api/schema';
import { DateTime } from '@/components/DateTime';
import { ErrorNotice } from '@/components/ErrorNotice';
import { ProductName } from '@/components/ProductName';
import { Reason } from '@/components/ReasonField';
import { adminModels } from '@/i18n/adminModels';
import { common } from '@/i18n/common';
import { type Language, type Translate, useLanguage, useTexts } from '@/i18n/i18n';
import { share } from '../../parts/short';
import { CardFields } from './CardFields';
import { type Difference, differences, type ReadCard, readCard, type TypedCard, typedOf } from './card';
import { Dialog } from './Dialog';
import { CallCosts } from './PreviewCard';

type T = Translate<typeof adminModels.en>;

interface Props {
  model: CatalogueModelBody;
  now: PriceBody | undefined;
}

export function SetPrice({ model, now }: Props) {
  const t = useTexts(adminModels);
  return (
    <Dialog trigger={t('prices.set')} title={`${t('prices.set')}: ${model.name}`} width={680}>
      {(close) => <PriceSteps model={model} now={now} onClose={close} />}
    </Dialog>
  );
}

function PriceSteps({ model, now, onClose }: Props & { onClose: () => void }) {
  const t = useTexts(adminModels);
  const words = useTexts(common);
  const [typed, setTyped] = useState<TypedCard>(() => typedOf(now));
  const [start, setStart] = useState<Dayjs | null>(null);
  const [isReviewed, setReviewed] = useState(false);
  const card = readCard(typed);
  if (isReviewed && card) {
    const effectiveAt = start ? start.toISOString() : null;
    return (
      <Review
        model={model}
        now={now}
        card={card}
        effectiveAt={effectiveAt}
        onBack={() => setReviewed(false)}
        onClose={onClose}
      />
    );
  }
  return (
    <Flex vertical gap={16}>
      <Typography.Text type="secondary">{t('prices.setHint')}</Typography.Text>
      <CardFields typed={typed} change={setTyped} />
      <div>
        <label htmlFor="price-start">{t('prices.effective')}</label>{' '}
        <DatePicker id="price-start" showTime={{ format: 'HH:mm' }} value={start} onChange={setStart} />{' '}
        <Typography.Text type="secondary">{t('prices.effectiveHint')}</Typography.Text>
      </div>
      <Flex gap={8} justify="flex-end">
        <Button onClick={onClose}>{words('cancel')}</Button>
        <Button type="primary" disabled={card === null} onClick={() => setReviewed(true)}>
          {t('prices.review')}
        </Button>
      </Flex>
    </Flex>
  );
}

interface ReviewProps extends Props {
  card: ReadCard;
  effectiveAt: string | null;
  onBack: () => void;
  onClose: () => void;
}

function Review({ model, now, card, effectiveAt, onBack, onClose }: ReviewProps) {
  const t = useTexts(adminModels);
  const language = useLanguage();
  const set = useSetPrice(model.id);
  const changes = differences(now, card);
  const [reason, setReason] = useState('');
  const body = { ...card, effective_at: effectiveAt };
  return (
    <Flex vertical gap={16}>
      <Table<Difference>
        aria-label={t('prices.diff')}
        title={() => <strong>{t('prices.diff')}</strong>}
        size="small"
        rowKey="key"
        dataSource={changes}
        columns={diffColumns(t, language, card.currency)}
        pagination={false}
        scroll={{ x: 'max-content' }}
        locale={{ emptyText: t('prices.same') }}
      />
      <CallCosts modelId={model.id} now={now} then={card} />
      <Alert
        type="warning"
        showIcon
        title={
          <>
            {effectiveAt && (
              <>
                {t('prices.from')} <DateTime at={effectiveAt} />.{' '}
              </>
            )}
            {t('prices.confirmHint')}
          </>
        }
      />
      <Reason value={reason} onChange={setReason} />
      {set.error && <ErrorNotice error={set.error} />}
      <Flex gap={8} justify="flex-end">
        <Button onClick={onBack}>{t('prices.back')}</Button>
        <Button
          danger
          type="primary"
          loading={set.isPending}
          onClick={() => set.mutate({ body, reason: reason.trim() }, { onSuccess: onClose })}
        >
          {t('prices.confirm')}
        </Button>
      </Flex>
    </Flex>
  );
}

function diffColumns(t: T, language: Language, currency: string): TableColumnsType<Difference> {
  return [
    {
      title: t('prices.leaf'),
      render: (_, { leaf, unit, above }) => (
        <>
          {unit !== null && <ProductName family="units" name={unit} isPlain />}
          {leaf === null ? (
            unit === null && t('prices.requestPrice')
          ) : (
            <ProductName family="leaves" name={leaf} isPlain />
          )}
          {above !== null && above > 0 && ` (${t('prices.above', { count: above })})`}
        </>
      ),
    },
    { title: t('prices.before'), align: 'right', render: (_, { before }) => before ?? '–' },
    {
      title: t('prices.after'),
      align: 'right',
      render: (_, { after }) => (after === null ? '–' : `${after} ${currency}`),
    },
    {
      title: t('prices.change'),
      align: 'right',
      render: (_, { permille, before }) => {
        if (permille === null) return before === null ? t('prices.new') : '–';
        return `${permille > 0 ? '+' : ''}${share(permille, language)}`;
      },
    },
  ];
}
