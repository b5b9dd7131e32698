/** The form of a new key. */
import { Button, Checkbox, Col, DatePicker, Drawer, Flex, Form, Input, InputNumber, Row, Select } from 'antd';
import dayjs from 'dayjs';
import { useState } from 'react';
import { useCreateApiKey, useModels } from '@/api/queries/apiKeys';
import { useMay, useMembership, useProjects } from '@/api/queries/places';
import type { NewApiKeyBody, Permission } from '@/api/schema';
import { ErrorNotice } from '@/components/ErrorNotice';
import { showAtField } from '@/components/fieldErrors';
import { useScopeNames } from '@/components/useScopeNames';
import { apiKeys } from '@/i18n/apiKeys';
import { common } from '@/i18n/common';
import { errors } from '@/i18n/errors';
import { useTexts } from '@/i18n/i18n';
import { usePlace } from '@/stores/place';
import { bodyOf, EXPIRY_DAYS, type Expiry, type NewKeyFields } from './newKey';

interface Props {
  isOpen: boolean;
  onClose: () => void;
  onMade: (made: NewApiKeyBody) => void;
  /** The project that it is made for; else the form asks. */
  projectId?: string;
}

export function NewKeyDrawer({ isOpen, onClose, ...rest }: Props) {
  const t = useTexts(apiKeys);
  return (
    <Drawer open={isOpen} title={t('create')} size={560} destroyOnHidden onClose={onClose}>
      <KeyForm {...rest} onClose={onClose} />
    </Drawer>
  );
}

function KeyForm({ onClose, onMade, projectId }: Omit<Props, 'isOpen'>) {
  const t = useTexts(apiKeys);
  const words = useTexts(common);
  const refusals = useTexts(errors);
  const may = useMay();
  const create = useCreateApiKey();
  const chosen = usePlace((place) => place.projectId);
  const [form] = Form.useForm<NewKeyFields>();
  const [fault, setFault] = useState<unknown>(null);

  async function send(fields: NewKeyFields) {
    setFault(null);
    try {
      const made = await create.mutateAsync(bodyOf(projectId ? { ...fields, project_id: projectId } : fields));
      onClose();
      onMade(made);
    } catch (error) {
      if (!showAtField(form, error, refusals)) setFault(error);
    }
  }

  return (
    <Form<NewKeyFields>
      form={form}
      layout="vertical"
      requiredMark={false}
      initialValues={{ scopes: ['models:use'], expiry: 'never', project_id: chosen ?? '' }}
      onFinish={send}
    >
      <Form.Item name="name" label={t('name')} rules={[{ required: true, message: t('missing') }, { max: 80 }]}>
        <Input autoFocus placeholder={t('namePlaceholder')} autoComplete="off" />
      </Form.Item>
      {!projectId && <ProjectField />}
      <ScopesField />
      <ModelsField />
      <ExpiryField />
      {may('policy:manage') && <LimitFields />}
      {fault !== null && <ErrorNotice error={fault} />}
      <Flex gap={8} justify="flex-end" style={{ marginBlockStart: 16 }}>
        <Button onClick={onClose}>{words('cancel')}</Button>
        <Button type="primary" htmlType="submit" loading={create.isPending}>
          {t('create')}
        </Button>
      </Flex>
    </Form>
  );
}

function ProjectField() {
  const t = useTexts(apiKeys);
  const { data: projects = [] } = useProjects();
  const options = [
    { value: '', label: t('wholeOrganization') },
    ...projects.map(({ id, name }) => ({ value: id, label: name })),
  ];
  return (
    <Form.Item name="project_id" label={t('project')} extra={t('projectHint')}>
      <Select showSearch={{ optionFilterProp: 'label' }} options={options} />
    </Form.Item>
  );
}

/** Nobody gives a key what they have not themselves, so the rest is not offered. */
function ScopesField() {
  const t = useTexts(apiKeys);
  const nameOf = useScopeNames();
  const scopes = (useMembership()?.permissions ?? []) as Permission[];
  return (
    <Form.Item
      name="scopes"
      label={t('scopes')}
      extra={t('scopesHint')}
      rules={[{ type: 'array', min: 1, message: t('missing') }]}
    >
      <Checkbox.Group style={{ width: '100%' }}>
        <Row gutter={[8, 6]}>
          {scopes.toSorted(usualFirst).map((scope) => (
            <Col key={scope} xs={24} sm={12}>
              <Checkbox value={scope}>{nameOf(scope)}</Checkbox>
            </Col>
          ))}
        </Row>
      </Checkbox.Group>
    </Form.Item>
  );
}

const USUAL: readonly Permission[] = [
  'models:use',
  'wallet:read',
  'usage:read',
  'chat:use',
  'files:read',
  'files:write',
];

function usualFirst(one: Permission, other: Permission): number {
  const rank = (scope: Permission) => (USUAL.includes(scope) ? USUAL.indexOf(scope) : USUAL.length);
  return rank(one) - rank(other) || one.localeCompare(other);
}

function ModelsField() {
  const t = useTexts(apiKeys);
  const { data: models = [] } = useModels();
  return (
    <Form.Item name="model_allow_list" label={t('models')} extra={t('modelsHint')}>
      <Select
        mode="multiple"
        placeholder={t('allModels')}
        options={models.map(({ name }) => ({ value: name, label: name }))}
      />
    </Form.Item>
  );
}

function ExpiryField() {
  const t = useTexts(apiKeys);
  const options = (Object.keys(EXPIRY_DAYS) as Expiry[]).map((value) => ({ value, label: t(`expiries.${value}`) }));
  return (
    <>
      <Form.Item name="expiry" label={t('expiry')}>
        <Select options={options} />
      </Form.Item>
      <Form.Item noStyle shouldUpdate={(before, now) => before.expiry !== now.expiry}>
        {({ getFieldValue }) =>
          getFieldValue('expiry') === 'date' && (
            <Form.Item name="day" label={t('day')} rules={[{ required: true, message: t('missing') }]}>
              <DatePicker minDate={dayjs()} style={{ width: '100%' }} />
            </Form.Item>
          )
        }
      </Form.Item>
    </>
  );
}

function LimitFields() {
  const t = useTexts(apiKeys);
  const names = { requests: t('requestsPerMinute'), tokens: t('tokensPerDay'), concurrency: t('concurrency') };
  return (
    <fieldset style={{ border: 0, margin: 0, padding: 0 }}>
      <legend style={{ marginBlockEnd: 8 }}>{t('limits')}</legend>
      <Row gutter={12}>
        {Object.entries(names).map(([name, label]) => (
          <Col key={name} xs={24} sm={8}>
            <Form.Item name={name} label={label} style={{ marginBlockEnd: 8 }}>
              <InputNumber
                min={0}
                max={name === 'concurrency' ? 100_000 : 1e12}
                precision={0}
                style={{ width: '100%' }}
              />
            </Form.Item>
          </Col>
        ))}
      </Row>
      <p style={{ margin: 0, color: 'var(--ant-color-text-secondary)' }}>{t('limitsHint')}</p>
    </fieldset>
  );
}
