/** Adds a model to the catalogue, or changes one. */
import PlusOutlined from '@ant-design/icons/PlusOutlined';
import { Button, Flex, Form, Input, InputNumber, Modal, Select, Switch, Typography } from 'antd';
import { type ReactNode, useState } from 'react';
import { useNavigate } from 'react-router';
import { useCreateModel, useUpdateModel } from '@/api/queries/catalogue';
import type { CatalogueModelBody, CreateModelBody } from '@/api/schema';
import { ErrorNotice } from '@/components/ErrorNotice';
import { useProductNames } from '@/components/useProductNames';
import { adminModels } from '@/i18n/adminModels';
import { common } from '@/i18n/common';
import { useTexts } from '@/i18n/i18n';
import { KINDS } from './kinds';

type Fields = Required<CreateModelBody>;

const FRESH: Partial<Fields> = {
  kinds: ['chat'],
  context_tokens: 8192,
  output_tokens_max: 4096,
  enabled: true,
  visibility: 'public',
  recommended: false,
};

export function AddModel() {
  const t = useTexts(adminModels);
  const navigate = useNavigate();
  const create = useCreateModel();
  return (
    <FormDialog trigger={t('catalogue.add')} title={t('catalogue.add')} isPrimary>
      {(close) => (
        <ModelForm
          initial={FRESH}
          hint={t('catalogue.addHint')}
          error={create.error}
          isRunning={create.isPending}
          onClose={close}
          onSave={(fields) =>
            create.mutate(
              { ...fields, upstream_name: fields.upstream_name || null },
              { onSuccess: (made) => navigate(`/models/catalogue/${made.id}`) },
            )
          }
        />
      )}
    </FormDialog>
  );
}

export function EditModel({ model }: { model: CatalogueModelBody }) {
  const t = useTexts(adminModels);
  const update = useUpdateModel(model.id);
  return (
    <FormDialog trigger={t('edit')} title={model.name}>
      {(close) => (
        <ModelForm
          initial={model}
          error={update.error}
          isRunning={update.isPending}
          onClose={close}
          onSave={(fields) =>
            update.mutate({ ...fields, upstream_name: fields.upstream_name || fields.name }, { onSuccess: close })
          }
        />
      )}
    </FormDialog>
  );
}

interface DialogProps {
  trigger: string;
  title: string;
  isPrimary?: boolean;
  width?: number;
  children: (close: () => void) => ReactNode;
}

export function FormDialog({ trigger, title, isPrimary = false, width = 560, children }: DialogProps) {
  const [isOpen, setOpen] = useState(false);
  const close = () => setOpen(false);
  return (
    <>
      <Button {...(isPrimary && { type: 'primary' as const, icon: <PlusOutlined /> })} onClick={() => setOpen(true)}>
        {trigger}
      </Button>
      <Modal open={isOpen} title={title} footer={null} destroyOnHidden onCancel={close} width={width}>
        {children(close)}
      </Modal>
    </>
  );
}

interface FormProps {
  initial: Partial<Fields>;
  hint?: string;
  error: unknown;
  isRunning: boolean;
  onSave: (fields: Fields) => void;
  onClose: () => void;
}

function ModelForm({ initial, hint, error, isRunning, onSave, onClose }: FormProps) {
  const t = useTexts(adminModels);
  const words = useTexts(common);
  const nameOf = useProductNames();
  const [form] = Form.useForm<Fields>();
  const name = Form.useWatch('name', form);
  const isRenamed = initial.name !== undefined && name !== undefined && name !== initial.name;
  return (
    <Form<Fields> form={form} layout="vertical" name="model" initialValues={initial} onFinish={onSave}>
      {hint && <Typography.Paragraph type="secondary">{hint}</Typography.Paragraph>}
      <Form.Item
        name="name"
        label={t('name')}
        extra={
          isRenamed ? (
            <Typography.Text type="warning">{t('catalogue.renameWarning')}</Typography.Text>
          ) : (
            t('catalogue.nameHint')
          )
        }
        rules={[{ required: true }]}
      >
        <Input maxLength={128} />
      </Form.Item>
      <Form.Item name="upstream_name" label={t('catalogue.upstream')} extra={t('catalogue.upstreamHint')}>
        <Input maxLength={128} />
      </Form.Item>
      <Form.Item name="kinds" label={t('catalogue.kinds')} rules={[{ required: true }]}>
        <Select mode="multiple" options={KINDS.map((value) => ({ value, label: nameOf('kinds', value) ?? value }))} />
      </Form.Item>
      <Flex wrap gap="0 16px">
        <Form.Item name="context_tokens" label={t('catalogue.context')} rules={[{ required: true }]}>
          <InputNumber min={1} suffix={t('catalogue.contextUnit')} style={{ width: 200 }} />
        </Form.Item>
        <Form.Item name="output_tokens_max" label={t('catalogue.output')} rules={[{ required: true }]}>
          <InputNumber min={0} suffix={t('catalogue.contextUnit')} style={{ width: 200 }} />
        </Form.Item>
      </Flex>
      <Flex wrap gap="0 32px">
        <Form.Item name="visibility" label={t('catalogue.visibility')}>
          <Select
            style={{ width: 200 }}
            options={(['public', 'hidden'] as const).map((value) => ({
              value,
              label: t(`catalogue.visibilities.${value}`),
            }))}
          />
        </Form.Item>
        <Form.Item name="recommended" label={t('catalogue.recommendedHint')} valuePropName="checked">
          <Switch />
        </Form.Item>
        {initial.name === undefined && (
          <Form.Item name="enabled" label={t('catalogue.enabledHint')} valuePropName="checked">
            <Switch />
          </Form.Item>
        )}
      </Flex>
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
