/** Adds an upstream, or changes how one is used. */
import { Button, Flex, Form, Input, InputNumber, Select } from 'antd';
import { useNavigate } from 'react-router';
import { useAddChannel, useChannelSteps } from '@/api/queries/channels';
import type { ChannelBody } from '@/api/schema';
import { ErrorNotice } from '@/components/ErrorNotice';
import { adminModels } from '@/i18n/adminModels';
import { common } from '@/i18n/common';
import { useTexts } from '@/i18n/i18n';
import { FormDialog } from './ModelForm';
import { mappingText, readMapping } from './mapping';

interface Fields {
  name: string;
  base_url: string;
  key: string;
  priority: number;
  weight: number;
  models: string[];
  mapping: string;
}

export function AddChannel() {
  const t = useTexts(adminModels);
  const navigate = useNavigate();
  const add = useAddChannel();
  return (
    <FormDialog trigger={t('channels.add')} title={t('channels.add')} isPrimary>
      {(close) => (
        <ChannelForm
          initial={{ priority: 0, weight: 1, models: [], mapping: '' }}
          error={add.error}
          isRunning={add.isPending}
          onClose={close}
          onSave={({ mapping, models, ...fields }) =>
            add.mutate(
              { ...fields, models: models.length > 0 ? models : null, model_names: readMapping(mapping) },
              { onSuccess: (made) => navigate(`/models/channels/${encodeURIComponent(made.name)}`) },
            )
          }
        />
      )}
    </FormDialog>
  );
}

export function EditChannel({ channel }: { channel: ChannelBody }) {
  const t = useTexts(adminModels);
  const { edit } = useChannelSteps(channel.name);
  const initial = { ...channel, models: channel.models ?? [], mapping: mappingText(channel.model_names) };
  return (
    <FormDialog trigger={t('edit')} title={t('channels.edit')}>
      {(close) => (
        <ChannelForm
          initial={initial}
          channel={channel}
          error={edit.error}
          isRunning={edit.isPending}
          onClose={close}
          onSave={({ priority, weight, models, mapping, base_url, key }) =>
            edit.mutate(
              {
                priority,
                weight,
                models,
                model_names: readMapping(mapping),
                ...(!channel.from_environment && { base_url }),
                ...(key && { key }),
              },
              { onSuccess: close },
            )
          }
        />
      )}
    </FormDialog>
  );
}

interface FormProps {
  initial: Partial<Fields>;
  /** The one that is changed; absent: a new one. */
  channel?: ChannelBody;
  error: unknown;
  isRunning: boolean;
  onSave: (fields: Fields) => void;
  onClose: () => void;
}

function ChannelForm({ initial, channel, error, isRunning, onSave, onClose }: FormProps) {
  const t = useTexts(adminModels);
  const words = useTexts(common);
  const isNew = channel === undefined;
  return (
    <Form<Fields> layout="vertical" name="channel" initialValues={initial} onFinish={onSave}>
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
      {error !== null && <ErrorNotice error={error} />}
      <Flex gap={8} justify="flex-end" style={{ marginBlockStart: 16 }}>
        <Button onClick={onClose}>{words('cancel')}</Button>
        <Button type="primary" htmlType="submit" loading={isRunning}>
          {words('save')}
        </Button>
      </Flex>
    </Form>
  );
}
