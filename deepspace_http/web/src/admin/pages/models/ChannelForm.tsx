/** Adds an upstream, or changes how one is used and how its own log is read. */
import { Collapse, Flex, Form, Input, InputNumber, Select, Typography } from 'antd';
import { useNavigate } from 'react-router';
import { useAddChannel, useChannelSteps } from '@/api/queries/channels';
import type { ChannelBody, LogAccessBody } from '@/api/schema';
import { FormDialog } from '@/components/FormDialog';
import { adminModels } from '@/i18n/adminModels';
import { common } from '@/i18n/common';
import { useTexts } from '@/i18n/i18n';
import { mappingText, readMapping } from './mapping';

interface Fields {
  name: string;
  base_url: string;
  key: string;
  priority: number;
  weight: number;
  models: string[];
  mapping: string;
  log?: LogFields;
}

interface LogFields {
  base_url?: string;
  user_id?: number | null;
  token?: string;
  token_name?: string | null;
}

export function AddChannel() {
  const t = useTexts(adminModels);
  const words = useTexts(common);
  const navigate = useNavigate();
  const add = useAddChannel();
  return (
    <FormDialog<Fields>
      trigger={t('channels.add')}
      title={t('channels.add')}
      isPrimary
      verb={words('save')}
      initial={{ priority: 0, weight: 1, models: [], mapping: '' }}
      onSend={async ({ mapping, models, log, ...fields }) => {
        const made = await add.mutateAsync({
          ...fields,
          models: models.length > 0 ? models : null,
          model_names: readMapping(mapping),
          ...readLog(log),
        });
        navigate(`/models/channels/${encodeURIComponent(made.name)}`);
      }}
    >
      <ChannelFields />
    </FormDialog>
  );
}

export function EditChannel({ channel }: { channel: ChannelBody }) {
  const t = useTexts(adminModels);
  const words = useTexts(common);
  const { edit } = useChannelSteps(channel.name);
  const { log, ...known } = channel;
  const initial = { ...known, models: channel.models ?? [], mapping: mappingText(channel.model_names) };
  return (
    <FormDialog<Fields>
      trigger={t('edit')}
      title={t('channels.edit')}
      verb={words('save')}
      initial={log ? { ...initial, log } : initial}
      onSend={({ priority, weight, models, mapping, base_url, key, log: wanted }) =>
        edit.mutateAsync({
          priority,
          weight,
          models,
          model_names: readMapping(mapping),
          ...(!channel.from_environment && { base_url }),
          ...(key && { key }),
          ...(log && !wanted?.base_url ? { forget_log: true } : readLog(wanted)),
        })
      }
    >
      <ChannelFields channel={channel} />
    </FormDialog>
  );
}

/** Nothing where nothing was filled in; an empty token keeps the one that is stored. */
function readLog(log: LogFields | undefined): { log?: LogAccessBody } {
  if (!log?.base_url || !log.user_id) return {};
  const { base_url, user_id, token, token_name } = log;
  return { log: { base_url, user_id, ...(token && { token }), ...(token_name && { token_name }) } };
}

/** `channel`: the one that is changed; absent: a new one. */
function ChannelFields({ channel }: { channel?: ChannelBody }) {
  const t = useTexts(adminModels);
  const isNew = channel === undefined;
  return (
    <>
      {isNew && (
        <Form.Item name="name" label={t('name')} rules={[{ required: true, pattern: /^[a-z0-9][a-z0-9._-]{0,62}$/ }]}>
          <Input maxLength={63} autoComplete="off" />
        </Form.Item>
      )}
      {!channel?.from_environment && (
        <>
          <Form.Item
            name="base_url"
            label={t('channels.address')}
            extra={t('channels.addressHint')}
            rules={[{ required: true }]}
          >
            <Input maxLength={500} inputMode="url" autoComplete="off" />
          </Form.Item>
          <Form.Item
            name="key"
            label={t('channels.key')}
            extra={t(isNew ? 'channels.keyHint' : 'channels.keyKeep')}
            rules={[{ required: isNew }]}
          >
            <Input.Password autoComplete="new-password" />
          </Form.Item>
        </>
      )}
      <Flex wrap gap="0 16px">
        <Form.Item name="priority" label={t('channels.priority')} rules={[{ required: true }]}>
          <InputNumber min={0} max={1000} />
        </Form.Item>
        <Form.Item name="weight" label={t('channels.weight')} rules={[{ required: true }]}>
          <InputNumber min={1} max={1000} />
        </Form.Item>
      </Flex>
      <Form.Item name="models" label={t('channels.models')} extra={t('channels.modelsHint')}>
        <Select mode="tags" tokenSeparators={[',', ' ']} open={false} suffixIcon={null} />
      </Form.Item>
      <Form.Item
        name="mapping"
        label={t('channels.mapping')}
        extra={t('channels.mappingHint')}
        rules={[
          {
            validator: (_, text: string) =>
              readMapping(text) === null ? Promise.reject(new Error(t('channels.mappingWrong'))) : Promise.resolve(),
          },
        ]}
      >
        <Input.TextArea autoSize={{ minRows: 2, maxRows: 8 }} spellCheck={false} style={{ fontFamily: 'monospace' }} />
      </Form.Item>
      <LogAccess isStored={Boolean(channel?.log)} />
    </>
  );
}

/** How NewAPI's own log is read, with which our book of calls is reconciled. */
function LogAccess({ isStored }: { isStored: boolean }) {
  const t = useTexts(adminModels);
  const base = Form.useWatch<string | undefined>(['log', 'base_url'], Form.useFormInstance());
  const isWanted = Boolean(base);
  const children = (
    <>
      <Typography.Paragraph type="secondary">{t('channels.logHint')}</Typography.Paragraph>
      <Form.Item name={['log', 'base_url']} label={t('channels.logAddress')} extra={t('channels.logAddressHint')}>
        <Input maxLength={500} inputMode="url" autoComplete="off" />
      </Form.Item>
      <Flex wrap gap="0 16px">
        <Form.Item name={['log', 'user_id']} label={t('channels.logUser')} rules={[{ required: isWanted }]}>
          <InputNumber min={1} precision={0} />
        </Form.Item>
        <Form.Item name={['log', 'token_name']} label={t('channels.logTokenName')} style={{ flex: '1 1 180px' }}>
          <Input maxLength={200} autoComplete="off" />
        </Form.Item>
      </Flex>
      <Form.Item
        name={['log', 'token']}
        label={t('channels.logToken')}
        extra={t(isStored ? 'channels.keyKeep' : 'channels.keyHint')}
        rules={[{ required: isWanted && !isStored }]}
      >
        <Input.Password autoComplete="new-password" />
      </Form.Item>
    </>
  );
  return (
    <Collapse
      ghost
      size="small"
      defaultActiveKey={isStored ? ['log'] : []}
      items={[{ key: 'log', label: t('channels.log'), children, forceRender: true }]}
    />
  );
}
