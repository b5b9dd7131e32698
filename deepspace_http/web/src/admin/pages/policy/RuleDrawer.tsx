/**
 * A rule is filled in, tried on past calls, and saved, in this order: what it would have refused stands there before it
 * can hold. A rule that is changed after its trial must be tried again.
 */
import { Alert, App, Button, Drawer, Flex, Form, type FormInstance, Select, Table, Typography } from 'antd';
import { type ReactNode, useState } from 'react';
import { useDryRun } from '@/api/queries/adminPolicy';
import type { AnyDryRunBody, DryRunToldBody, RejectedBody } from '@/api/schema';
import { DateTime } from '@/components/DateTime';
import { ErrorNotice } from '@/components/ErrorNotice';
import { Given } from '@/components/Given';
import { adminPolicy } from '@/i18n/adminPolicy';
import { common } from '@/i18n/common';
import { useTexts } from '@/i18n/i18n';
import { Named } from '../../parts/Named';
import { OrgSelect } from '../../parts/OrgSelect';
import { traceColumn } from '../../parts/traceColumn';

const DAY_MS = 24 * 3_600_000;
const DAYS = ['1', '7', '30'] as const;

/** One of the rules that a dry run takes. */
export type TriedRule = Pick<AnyDryRunBody, 'limit' | 'budget' | 'ip_rule'>;

interface Props<Values extends object> {
  title: string;
  trigger: string;
  initial: Partial<Values>;
  /** The fields of the rule; whose it is is asked for by the drawer. */
  fields: (form: FormInstance<Values>) => ReactNode;
  /** What the filled-in fields come to; thrown errors are no rule. */
  ruleOf: (values: Values, orgId: string) => TriedRule;
  save: (values: Values, orgId: string) => Promise<unknown>;
  /** The rule is the platform's: the organization is only what it is tried on. */
  isOfPlatform?: boolean;
}

export function RuleButton<Values extends object>(props: Props<Values>) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button type="primary" onClick={() => setOpen(true)}>
        {props.trigger}
      </Button>
      <Drawer open={isOpen} size={560} title={props.title} destroyOnHidden onClose={() => setOpen(false)}>
        <RuleForm {...props} onClose={() => setOpen(false)} />
      </Drawer>
    </>
  );
}

type Owned<Values> = Values & { org_id: string; days: (typeof DAYS)[number] };

export function RuleForm<Values extends object>(props: Props<Values> & { onClose: () => void }) {
  const { initial, fields, ruleOf, save, isOfPlatform = false, onClose } = props;
  const t = useTexts(adminPolicy);
  const words = useTexts(common);
  const { message } = App.useApp();
  const [form] = Form.useForm<Owned<Values>>();
  const dryRun = useDryRun();
  const [tried, setTried] = useState<string | null>(null);
  const [fault, setFault] = useState<unknown>(null);
  const [isSaving, setSaving] = useState(false);
  const written = JSON.stringify(Form.useWatch([], form) ?? {});
  const isTried = dryRun.data !== undefined && tried === written;

  function tryIt(values: Owned<Values>) {
    const until = new Date();
    const since = new Date(until.getTime() - Number(values.days) * DAY_MS);
    const rule = ruleOf(values, values.org_id);
    dryRun.mutate(
      { org_id: values.org_id, since: since.toISOString(), until: until.toISOString(), ...rule },
      { onSuccess: () => setTried(written) },
    );
  }

  async function saveIt() {
    setSaving(true);
    setFault(null);
    try {
      const values = await form.validateFields();
      await save(values as Values, (values as Owned<Values>).org_id);
      message.success(t('saved'));
      onClose();
    } catch (error) {
      setFault(error);
    } finally {
      setSaving(false);
    }
  }

  return (
    <Form<Owned<Values>>
      form={form}
      layout="vertical"
      requiredMark={false}
      initialValues={{ days: '7', ...initial }}
      onFinish={tryIt}
    >
      {isOfPlatform && <Typography.Paragraph type="secondary">{t('limits.platformHint')}</Typography.Paragraph>}
      {!isOfPlatform && <OrgField />}
      {fields(form as unknown as FormInstance<Values>)}
      <Typography.Title level={2} style={{ fontSize: 16 }}>
        {t('dryRun.title')}
      </Typography.Title>
      {isOfPlatform && <OrgField label={t('dryRun.onOrg')} />}
      <Form.Item name="days" label={t('dryRun.period')}>
        <Select options={DAYS.map((value) => ({ value, label: t(`dryRun.days.${value}`) }))} style={{ width: 160 }} />
      </Form.Item>
      <Flex vertical gap={12} aria-live="polite">
        {dryRun.error && <ErrorNotice error={dryRun.error} />}
        {dryRun.data && !isTried && <Alert type="info" showIcon title={t('dryRun.stale')} />}
        {dryRun.data && isTried && <Told told={dryRun.data} />}
        {!dryRun.data && !dryRun.error && <Typography.Text type="secondary">{t('dryRun.first')}</Typography.Text>}
        {fault !== null && <ErrorNotice error={fault} />}
      </Flex>
      <Flex gap={8} justify="flex-end" wrap style={{ marginBlockStart: 16 }}>
        <Button onClick={onClose}>{words('cancel')}</Button>
        <Button htmlType="submit" type={isTried ? 'default' : 'primary'} loading={dryRun.isPending}>
          {t(dryRun.data ? 'dryRun.again' : 'dryRun.run')}
        </Button>
        <Button type="primary" disabled={!isTried} loading={isSaving} onClick={saveIt}>
          {t('save')}
        </Button>
      </Flex>
    </Form>
  );
}

function OrgField({ label }: { label?: string }) {
  const words = useTexts(common);
  const t = useTexts(adminPolicy);
  return (
    <Form.Item
      name="org_id"
      label={label ?? t('scopes.org')}
      rules={[{ required: true, message: `${words('search')} …` }]}
    >
      <OrgSelect width="100%" placeholder={label ?? t('scopes.org')} />
    </Form.Item>
  );
}

/** What the rule would have done. */
export function Told({ told }: { told: DryRunToldBody }) {
  const t = useTexts(adminPolicy);
  const { calls, rejected } = told;
  const sentence =
    calls === 0 ? t('dryRun.noCalls') : t(rejected === 0 ? 'dryRun.none' : 'dryRun.some', { count: calls, rejected });
  return (
    <Flex vertical gap={8}>
      <Alert
        type={calls === 0 ? 'info' : rejected === 0 ? 'success' : 'warning'}
        showIcon
        role="status"
        title={sentence}
        {...(told.is_partial && { description: t('dryRun.partial') })}
      />
      {told.examples.length > 0 && (
        <Table<RejectedBody>
          size="small"
          aria-label={t('dryRun.examples')}
          rowKey={(row) => row.trace_id + row.at}
          pagination={{ pageSize: 5, hideOnSinglePage: true }}
          scroll={{ x: 'max-content' }}
          dataSource={told.examples}
          columns={[
            { title: t('dryRun.examples'), key: 'at', render: (_, row) => <DateTime at={row.at} withSeconds /> },
            { title: t('scopes.key'), key: 'key', render: (_, row) => <Named id={row.api_key_id} /> },
            {
              title: t('scopes.model'),
              key: 'model',
              render: (_, row) => <Given>{row.model ?? row.address ?? '–'}</Given>,
            },
            { title: t('dryRun.calls'), dataIndex: 'calls', key: 'calls', align: 'right' },
            traceColumn(),
          ]}
        />
      )}
    </Flex>
  );
}
