/** The fields of a key's form, as the new one and the changed one have them. */
import { Checkbox, Col, DatePicker, Form, Input, InputNumber, Row, Select } from 'antd';
import dayjs from 'dayjs';
import { useModels } from '@/api/queries/apiKeys';
import { useMembership, useProjects } from '@/api/queries/places';
import type { Permission } from '@/api/schema';
import { useScopeNames } from '@/components/useScopeNames';
import { apiKeys } from '@/i18n/apiKeys';
import { useTexts } from '@/i18n/i18n';
import type { Expiry } from './keyTerms';

export function NameField() {
  const t = useTexts(apiKeys);
  return (
    <Form.Item name="name" label={t('name')} rules={[{ required: true, message: t('missing') }, { max: 80 }]}>
      <Input autoFocus placeholder={t('namePlaceholder')} autoComplete="off" />
    </Form.Item>
  );
}

export function ProjectField() {
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

/** Nobody gives a key what they have not themselves, so the rest is not offered; what it `has` may stay. */
export function ScopesField({ has = [] }: { has?: readonly Permission[] }) {
  const t = useTexts(apiKeys);
  const nameOf = useScopeNames();
  const own = (useMembership()?.permissions ?? []) as Permission[];
  const scopes = [...new Set([...own, ...has])];
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

export function ModelsField() {
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

export function ExpiryField({ choices }: { choices: readonly Expiry[] }) {
  const t = useTexts(apiKeys);
  const options = choices.map((value) => ({ value, label: t(`expiries.${value}`) }));
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

export function LimitFields({ hint }: { hint: string }) {
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
      <p style={{ margin: 0, color: 'var(--ant-color-text-secondary)' }}>{hint}</p>
    </fieldset>
  );
}
