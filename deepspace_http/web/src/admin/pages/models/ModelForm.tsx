/** Adds a model to the catalogue, or changes one. */
import { Flex, Form, Input, InputNumber, Select, Switch, Typography } from 'antd';
import { useNavigate } from 'react-router';
import { useCreateModel, useUpdateModel } from '@/api/queries/catalogue';
import type { CatalogueModelBody, CreateModelBody } from '@/api/schema';
import { FormDialog } from '@/components/FormDialog';
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
  const words = useTexts(common);
  const navigate = useNavigate();
  const create = useCreateModel();
  return (
    <FormDialog<Fields>
      trigger={t('catalogue.add')}
      title={t('catalogue.add')}
      isPrimary
      verb={words('save')}
      initial={FRESH}
      onSend={async (fields) => {
        const made = await create.mutateAsync({ ...fields, upstream_name: fields.upstream_name || null });
        navigate(`/models/catalogue/${made.id}`);
      }}
    >
      <Typography.Paragraph type="secondary">{t('catalogue.addHint')}</Typography.Paragraph>
      <ModelFields />
    </FormDialog>
  );
}

export function EditModel({ model }: { model: CatalogueModelBody }) {
  const t = useTexts(adminModels);
  const words = useTexts(common);
  const update = useUpdateModel(model.id);
  return (
    <FormDialog<Fields>
      trigger={t('edit')}
      title={model.name}
      verb={words('save')}
      initial={model}
      onSend={(fields) => update.mutateAsync({ ...fields, upstream_name: fields.upstream_name || fields.name })}
    >
      <ModelFields known={model} />
    </FormDialog>
  );
}

/** `known`: the model that is changed; absent: a new one. */
function ModelFields({ known }: { known?: CatalogueModelBody }) {
  const t = useTexts(adminModels);
  const nameOf = useProductNames();
  const name = Form.useWatch<string | undefined>('name', Form.useFormInstance());
  const isRenamed = known !== undefined && name !== undefined && name !== known.name;
  return (
    <>
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
        {known === undefined && (
          <Form.Item name="enabled" label={t('catalogue.enabledHint')} valuePropName="checked">
            <Switch />
          </Form.Item>
        )}
      </Flex>
    </>
  );
}
