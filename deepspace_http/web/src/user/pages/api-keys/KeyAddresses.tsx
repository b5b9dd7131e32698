/** From where a key may be used: its address rules, and for who may set them a way to add and to remove one. */
import { Button, Flex, Form, Input, Segmented, Tag, Typography } from 'antd';
import { useState } from 'react';
import { useAddKeyAddress, useKeyAddresses, useRemoveKeyAddress } from '@/api/queries/apiKeys';
import { useMay } from '@/api/queries/places';
import type { ApiKeyBody, IpRuleBody, SetIpRuleBody } from '@/api/schema';
import { ConfirmDanger } from '@/components/ConfirmDanger';
import { ErrorNotice } from '@/components/ErrorNotice';
import { FormModal } from '@/components/FormModal';
import { Given } from '@/components/Given';
import { apiKeys } from '@/i18n/apiKeys';
import { useTexts } from '@/i18n/i18n';

const ACTIONS = ['allow', 'deny'] as const;

export function KeyAddresses({ apiKey }: { apiKey: ApiKeyBody }) {
  const t = useTexts(apiKeys);
  const mayChange = useMay()('policy:manage') && !apiKey.revoked_at;
  const rules = useKeyAddresses(apiKey.id, true);
  const [isAdding, setAdding] = useState(false);
  if (rules.error) return <ErrorNotice error={rules.error} onRetry={rules.refetch} />;
  return (
    <Flex vertical gap={4} align="flex-start">
      {rules.data?.length === 0 && <span>{t('anyAddress')}</span>}
      {rules.data?.map((rule) => (
        <Rule key={rule.id} rule={rule} mayRemove={mayChange} />
      ))}
      {mayChange && (
        <Button size="small" onClick={() => setAdding(true)}>
          {t('addAddress')}
        </Button>
      )}
      <AddRule apiKey={apiKey} isOpen={isAdding} onClose={() => setAdding(false)} />
    </Flex>
  );
}

function Rule({ rule, mayRemove }: { rule: IpRuleBody; mayRemove: boolean }) {
  const t = useTexts(apiKeys);
  const remove = useRemoveKeyAddress();
  const { network } = rule;
  return (
    <Flex gap={4} align="center" wrap>
      <Tag color={rule.action === 'deny' ? 'error' : 'success'}>{t(rule.action)}</Tag>
      <Typography.Text code>{network}</Typography.Text>
      {rule.note && (
        <Typography.Text type="secondary">
          <Given>{rule.note}</Given>
        </Typography.Text>
      )}
      {mayRemove && (
        <ConfirmDanger
          title={t('removeRuleTitle', { network })}
          consequence={t('removeRuleHint')}
          verb={t('removeRule')}
          trigger={t('removeRule')}
          triggerProps={{ type: 'text', size: 'small', 'aria-label': `${t('removeRule')}: ${network}` }}
          onConfirm={() => remove.mutateAsync(rule.id)}
        />
      )}
    </Flex>
  );
}

type Fields = Pick<SetIpRuleBody, 'action' | 'network' | 'note'>;

function AddRule({ apiKey, isOpen, onClose }: { apiKey: ApiKeyBody; isOpen: boolean; onClose: () => void }) {
  const t = useTexts(apiKeys);
  const add = useAddKeyAddress();
  return (
    <FormModal<Fields>
      title={t('addAddress')}
      verb={t('addAddress')}
      isOpen={isOpen}
      onClose={onClose}
      initial={{ action: 'allow' }}
      onSend={({ action, network, note }) =>
        add.mutateAsync({ action, network: network.trim(), note: note ?? '', scope: 'key', api_key_id: apiKey.id })
      }
    >
      <Form.Item name="action" label={t('addressAction')} extra={t('addressHint')}>
        <Segmented options={ACTIONS.map((value) => ({ value, label: t(value) }))} />
      </Form.Item>
      <Form.Item
        name="network"
        label={t('network')}
        extra={t('networkHint')}
        rules={[{ required: true, whitespace: true, message: t('missing') }]}
      >
        <Input maxLength={64} autoComplete="off" />
      </Form.Item>
      <Form.Item name="note" label={t('note')}>
        <Input maxLength={200} />
      </Form.Item>
    </FormModal>
  );
}
