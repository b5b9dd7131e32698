/** What a call of some size costs: now, and under a price that is only thought of. */
import { Card, Flex, Form, InputNumber, Typography } from 'antd';
import { useState } from 'react';
import { usePreview } from '@/api/queries/catalogue';
import type { CatalogueModelBody, PreviewPriceBody, PriceBody, PricePreviewBody } from '@/api/schema';
import { ErrorNotice } from '@/components/ErrorNotice';
import { Money } from '@/components/Money';
import { adminModels } from '@/i18n/adminModels';
import { useTexts } from '@/i18n/i18n';
import { type ReadCard, UNITS, type Unit } from './card';

const INPUT_TOKENS = 1200;
const OUTPUT_TOKENS = 300;
const PIECES: Record<Unit, number> = { images: 1, audio_seconds: 60, characters: 1000 };

export function PreviewCard({ model, now }: { model: CatalogueModelBody; now: PriceBody }) {
  const t = useTexts(adminModels);
  return (
    <Card size="small" title={t('prices.preview')}>
      <CallCosts modelId={model.id} now={now} />
    </Card>
  );
}

interface Props {
  modelId: string;
  now: PriceBody | undefined;
  /** A card that is only thought of, beside the one in effect. */
  then?: ReadCard;
}

export function CallCosts({ modelId, now: card, then }: Props) {
  const t = useTexts(adminModels);
  const [input, setInput] = useState(INPUT_TOKENS);
  const [output, setOutput] = useState(OUTPUT_TOKENS);
  const [pieces, setPieces] = useState<Partial<Record<Unit, number>>>({});
  const sold = UNITS.filter((unit) => card?.unit_picos[unit] || then?.unit_picos[unit]);
  const tokens = { input_uncached: input, output_text: output };
  const units = Object.fromEntries(sold.map((unit) => [unit, pieces[unit] ?? PIECES[unit]]));
  const now = usePreview(modelId, card ? { tokens, units } : null);
  const { currency: _, ...rates } = then ?? { currency: '' };
  const thought: PreviewPriceBody | null = then ? { tokens, units, ...rates } : null;
  const next = usePreview(modelId, thought);
  const fault = now.error ?? next.error;
  return (
    <Flex vertical gap={8}>
      <Form layout="vertical" component="div">
        <Flex wrap gap="0 16px">
          <Form.Item label={t('prices.previewInput')} htmlFor="preview-input" style={{ marginBlockEnd: 8 }}>
            <InputNumber id="preview-input" min={0} value={input} onChange={(value) => setInput(value ?? 0)} />
          </Form.Item>
          <Form.Item label={t('prices.previewOutput')} htmlFor="preview-output" style={{ marginBlockEnd: 8 }}>
            <InputNumber id="preview-output" min={0} value={output} onChange={(value) => setOutput(value ?? 0)} />
          </Form.Item>
          {sold.map((unit) => (
            <Form.Item
              key={unit}
              label={t(`prices.previewUnits.${unit}`)}
              htmlFor={`preview-${unit}`}
              style={{ marginBlockEnd: 8 }}
            >
              <InputNumber
                id={`preview-${unit}`}
                min={0}
                value={pieces[unit] ?? PIECES[unit]}
                onChange={(value) => setPieces({ ...pieces, [unit]: value ?? 0 })}
              />
            </Form.Item>
          ))}
        </Flex>
      </Form>
      {fault && <ErrorNotice error={fault} />}
      <Flex wrap gap="4px 32px" aria-live="polite">
        {now.data && card && (
          <Cost label={t(then ? 'prices.costNow' : 'prices.cost')} preview={now.data} currency={card.currency} />
        )}
        {next.data && then && <Cost label={t('prices.costThen')} preview={next.data} currency={then.currency} />}
      </Flex>
    </Flex>
  );
}

function Cost({ label, preview, currency }: { label: string; preview: PricePreviewBody; currency: string }) {
  const t = useTexts(adminModels);
  return (
    <span>
      {label}:{' '}
      <strong>
        <Money nanos={preview.cost_nanos} currency={currency} />
      </strong>{' '}
      <Typography.Text type="secondary">
        ({t('prices.hold')} <Money nanos={preview.hold_nanos} currency={currency} />)
      </Typography.Text>
    </span>
  );
}
