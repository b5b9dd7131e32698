/** Sets a budget, or changes its cap. */
import { Form, Input, Select } from 'antd';
import { useApiKeyNames } from '@/api/queries/apiKeys';
import { useSetBudget } from '@/api/queries/billing';
import { useMembership, useProjects } from '@/api/queries/places';
import type { BudgetBody, BudgetScope, BudgetWindow } from '@/api/schema';
import { nanosOf } from '@/components/amount';
import { FormModal } from '@/components/FormModal';
import { billing } from '@/i18n/billing';
import { useTexts } from '@/i18n/i18n';
import { useMemberChoices } from './useBudgetNames';

interface Fields {
  scope: BudgetScope;
  scope_id?: string;
  window: BudgetWindow;
  cap_nanos: string;
}

const SCOPES = ['org', 'project', 'key', 'user'] as const;
const WINDOWS = ['day', 'month', 'total'] as const;

interface Props {
  edited: BudgetBody | 'new' | null;
  currency: string;
  onClose: () => void;
}

export function BudgetModal({ edited, currency, onClose }: Props) {
  const t = useTexts(billing);
  const orgId = useMembership()?.organization.id ?? '';
  const set = useSetBudget();
  const known = edited === 'new' || edited === null ? null : edited;
  const initial = known
    ? { scope: known.scope, scope_id: known.scope_id, window: known.window, cap_nanos: known.cap }
    : { scope: 'org' as const, window: 'month' as const };
  return (
    <FormModal<Fields>
      title={t(known ? 'changeBudget' : 'setBudget')}
      verb={t(known ? 'changeBudget' : 'setBudget')}
      isOpen={edited !== null}
      onClose={onClose}
      initial={initial}
      onSend={({ scope, scope_id, window, cap_nanos }) =>
        set.mutateAsync({
          scope,
          scope_id: scope === 'org' ? orgId : (scope_id ?? ''),
          window,
          cap_nanos: nanosOf(cap_nanos) ?? 0,
        })
      }
    >
      <Form.Item name="scope" label={t('what')}>
        <Select disabled={known !== null} options={SCOPES.map((value) => ({ value, label: t(`scopes.${value}`) }))} />
      </Form.Item>
      <Form.Item noStyle shouldUpdate={(before, now) => before.scope !== now.scope}>
        {({ getFieldValue }) => <Which scope={getFieldValue('scope')} isKnown={known !== null} />}
      </Form.Item>
      <Form.Item name="window" label={t('window')}>
        <Select disabled={known !== null} options={WINDOWS.map((value) => ({ value, label: t(`windows.${value}`) }))} />
      </Form.Item>
      <Form.Item
        name="cap_nanos"
        label={t('cap')}
        extra={t('capHint', { currency })}
        validateTrigger="onBlur"
        rules={[
          { required: true, message: t('missing') },
          {
            validator: (_, text) =>
              !text || isCap(text) ? Promise.resolve() : Promise.reject(new Error(t('noAmount'))),
          },
        ]}
      >
        <Input inputMode="decimal" autoComplete="off" />
      </Form.Item>
    </FormModal>
  );
}

function isCap(text: string): boolean {
  const nanos = nanosOf(text);
  return nanos !== null && nanos >= 0;
}

function Which({ scope, isKnown }: { scope: BudgetScope; isKnown: boolean }) {
  const t = useTexts(billing);
  const members = useMemberChoices();
  const { data: projects = [] } = useProjects();
  const { data: keys = [] } = useApiKeyNames();
  if (scope === 'org') return null;
  const choices = {
    project: projects.map(({ id, name }) => ({ value: id, label: name })),
    key: keys
      .filter(({ revoked_at }) => !revoked_at)
      .map(({ id, name, prefix }) => ({ value: id, label: `${name} (${prefix}…)` })),
    user: members.map(({ user_id, display_name, email }) => ({ value: user_id, label: `${display_name} (${email})` })),
  };
  return (
    <Form.Item name="scope_id" label={t('which')} rules={[{ required: true, message: t('missing') }]}>
      <Select
        disabled={isKnown}
        showSearch={{ optionFilterProp: 'label' }}
        options={choices[scope as keyof typeof choices] ?? []}
      />
    </Form.Item>
  );
}
