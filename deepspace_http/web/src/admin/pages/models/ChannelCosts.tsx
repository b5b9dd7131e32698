/** What a channel charges us, by model or for any: without it a call has no cost and no margin. */
import { Button, Card, Flex, Form, Input, Radio, Table, type TableColumnsType, Typography } from 'antd';
import { useState } from 'react';
import { useChannelSteps } from '@/api/queries/channels';
import type { ChannelBody } from '@/api/schema';
import { ConfirmDanger } from '@/components/ConfirmDanger';
import { ErrorNotice } from '@/components/ErrorNotice';
import { Given } from '@/components/Given';
import { adminModels } from '@/i18n/adminModels';
import { common } from '@/i18n/common';
import { type Translate, useTexts } from '@/i18n/i18n';
import { ActionsTitle } from '../../parts/ActionsTitle';
import { CardFields } from './CardFields';
import { type ReadCard, readCard, type StoredCard, typedOf } from './card';
import { Dialog } from './Dialog';
import { Rates } from './PriceTimeline';

const ANY = '*';

interface Row {
  model: string;
  rates: StoredCard;
}

export function ChannelCosts({ channel }: { channel: ChannelBody }) {
  const t = useTexts(adminModels);
  const rows: Row[] = Object.entries(channel.cost_rates).map(([model, rates]) => ({ model, rates }));
  return (
    <Card size="small" title={t('channels.costs')} extra={<SetCosts channel={channel} />}>
      {rows.length === 0 ? (
        <Typography.Text type="secondary">{t('channels.costsNone')}</Typography.Text>
      ) : (
        <Table<Row>
          aria-label={t('channels.costs')}
          size="small"
          rowKey="model"
          dataSource={rows}
          pagination={false}
          scroll={{ x: 'max-content' }}
          columns={columnsOf(t, channel)}
        />
      )}
    </Card>
  );
}

function columnsOf(t: Translate<typeof adminModels.en>, channel: ChannelBody): TableColumnsType<Row> {
  return [
    { title: t('margins.model'), key: 'model', render: (_, { model }) => <ModelName model={model} /> },
    { title: t('channels.costsTitle'), key: 'rates', render: (_, { rates }) => <Rates card={rates} /> },
    {
      title: <ActionsTitle />,
      key: 'act',
      render: (_, row) => (
        <Flex gap={8}>
          <SetCosts channel={channel} known={row} />
          <RemoveCosts channel={channel} model={row.model} />
        </Flex>
      ),
    },
  ];
}

function ModelName({ model }: { model: string }) {
  const t = useTexts(adminModels);
  return model === ANY ? t('channels.anyModel') : <Given>{model}</Given>;
}

/** The others as they are stored, for the mapping is replaced whole. */
function others(channel: ChannelBody, model: string): Record<string, ReadCard> {
  const kept = Object.entries(channel.cost_rates).filter(([name]) => name !== model);
  return Object.fromEntries(kept.map(([name, rates]) => [name, asBody(rates)]));
}

function asBody({ currency, per_request_picos, unit_picos, tiers }: StoredCard): ReadCard {
  const bare = tiers.map(({ from_input_tokens_above, rates_picos }) => ({ from_input_tokens_above, rates_picos }));
  return { currency, per_request_picos, unit_picos, tiers: bare };
}

function SetCosts({ channel, known }: { channel: ChannelBody; known?: Row }) {
  const t = useTexts(adminModels);
  const title = `${t('channels.costsSet')}: ${channel.name}`;
  return (
    <Dialog trigger={t(known ? 'channels.costsChange' : 'channels.costsSet')} title={title} width={680}>
      {(close) => <CostsForm channel={channel} {...(known && { known })} onClose={close} />}
    </Dialog>
  );
}

function CostsForm({ channel, known, onClose }: { channel: ChannelBody; known?: Row; onClose: () => void }) {
  const t = useTexts(adminModels);
  const words = useTexts(common);
  const { edit } = useChannelSteps(channel.name);
  const [isAny, setAny] = useState(known === undefined ? channel.cost_rates[ANY] === undefined : known.model === ANY);
  const [named, setNamed] = useState(known === undefined || known.model === ANY ? '' : known.model);
  const [typed, setTyped] = useState(() => typedOf(known?.rates));
  const model = isAny ? ANY : named.trim();
  const card = readCard(typed);

  function save(read: ReadCard) {
    const body = { cost_rates: { ...others(channel, model), [model]: read } };
    edit.mutate(body, { onSuccess: onClose });
  }

  return (
    <Flex vertical gap={16}>
      <Typography.Text type="secondary">{t('channels.costsHint')}</Typography.Text>
      {known === undefined && (
        <Form layout="vertical" component="div">
          <Form.Item label={t('channels.costsOf')} htmlFor="costs-model" style={{ marginBlockEnd: 0 }}>
            <Flex gap={12} wrap align="center">
              <Radio.Group
                value={isAny}
                onChange={(event) => setAny(event.target.value)}
                options={[
                  { value: true, label: t('channels.anyModel') },
                  { value: false, label: t('channels.costsNamed') },
                ]}
              />
              <Input
                id="costs-model"
                disabled={isAny}
                value={named}
                maxLength={128}
                style={{ width: 240 }}
                onChange={(event) => setNamed(event.target.value)}
              />
            </Flex>
          </Form.Item>
        </Form>
      )}
      <CardFields typed={typed} change={setTyped} />
      {edit.error && <ErrorNotice error={edit.error} />}
      <Flex gap={8} justify="flex-end">
        <Button onClick={onClose}>{words('cancel')}</Button>
        <Button
          type="primary"
          disabled={card === null || model === ''}
          loading={edit.isPending}
          onClick={() => card && save(card)}
        >
          {words('save')}
        </Button>
      </Flex>
    </Flex>
  );
}

function RemoveCosts({ channel, model }: { channel: ChannelBody; model: string }) {
  const t = useTexts(adminModels);
  const { edit } = useChannelSteps(channel.name);
  const shown = model === ANY ? t('channels.anyModel') : model;
  return (
    <ConfirmDanger
      title={t('channels.costsRemoveTitle', { name: channel.name, model: shown })}
      consequence={t('channels.costsRemoveConsequence')}
      verb={t('channels.costsRemove')}
      trigger={t('channels.costsRemove')}
      reason="offered"
      onConfirm={(reason) => edit.mutateAsync({ cost_rates: others(channel, model), reason })}
    />
  );
}
