/** What comes by the clock: when, in which zone, on or off; and the way to run one now. */

import { App, Flex, Form, Input, Switch, type TableColumnsType, Tag, Typography } from 'antd';
import { useChangeSchedule, useRunSchedule, useSchedules } from '@/api/queries/adminSystem';
import type { ScheduleBody } from '@/api/schema';
import { ConfirmDanger } from '@/components/ConfirmDanger';
import { DateTime } from '@/components/DateTime';
import { FormDialog } from '@/components/FormDialog';
import { LoadedTable } from '@/components/LoadedTable';
import { ProductName } from '@/components/ProductName';
import { ReasonField } from '@/components/ReasonField';
import { useProductNames } from '@/components/useProductNames';
import { adminSystem } from '@/i18n/adminSystem';
import { common } from '@/i18n/common';
import { type Translate, useTexts } from '@/i18n/i18n';
import { ActionsTitle } from '../../parts/ActionsTitle';
import { ExportButton } from '../../parts/ExportButton';

export function Component() {
  const t = useTexts(adminSystem);
  const schedules = useSchedules();
  return (
    <Flex vertical gap={12}>
      <Flex justify="flex-end">
        <ExportButton kind="schedules" filters={{}} />
      </Flex>
      <LoadedTable<ScheduleBody>
        label={t('schedules.label')}
        list={schedules}
        columns={columnsOf(t)}
        rowKey="name"
        empty=" "
      />
    </Flex>
  );
}

function columnsOf(t: Translate<typeof adminSystem.en>): TableColumnsType<ScheduleBody> {
  return [
    {
      title: t('schedules.name'),
      key: 'name',
      render: (_, row) => <ProductName family="jobs" name={row.name} />,
    },
    {
      title: t('schedules.cron'),
      key: 'cron',
      render: (_, row) => (
        <>
          <Typography.Text code>{row.cron}</Typography.Text>{' '}
          <Typography.Text type="secondary">{row.time_zone}</Typography.Text>
        </>
      ),
    },
    {
      title: t('jobs.state'),
      key: 'enabled',
      render: (_, row) => (
        <Tag color={row.enabled ? 'success' : 'default'}>{t(row.enabled ? 'schedules.on' : 'schedules.off')}</Tag>
      ),
    },
    { title: t('schedules.last'), key: 'last', render: (_, row) => <DateTime at={row.last_fired_at} withSeconds /> },
    {
      title: t('schedules.next'),
      key: 'next',
      render: (_, row) => (row.enabled ? <DateTime at={row.next_fire_at} withSeconds /> : '–'),
    },
    {
      title: <ActionsTitle />,
      key: 'act',
      render: (_, row) => (
        <Flex gap={8}>
          <Change schedule={row} />
          <RunNow name={row.name} />
        </Flex>
      ),
    },
  ];
}

function RunNow({ name }: { name: string }) {
  const t = useTexts(adminSystem);
  const { message } = App.useApp();
  const nameOf = useProductNames();
  const run = useRunSchedule();
  return (
    <ConfirmDanger
      title={t('schedules.runTitle', { name: nameOf('jobs', name) ?? name })}
      consequence={t('schedules.runBody')}
      verb={t('schedules.run')}
      trigger={t('schedules.run')}
      triggerProps={{ size: 'small' }}
      isCalm
      reason="offered"
      onConfirm={(reason) => run.mutateAsync({ name, reason }).then(() => message.success(t('schedules.queued')))}
    />
  );
}

interface Terms {
  cron: string;
  time_zone: string;
  enabled: boolean;
  reason?: string;
}

function Change({ schedule }: { schedule: ScheduleBody }) {
  const t = useTexts(adminSystem);
  const words = useTexts(common);
  const { message } = App.useApp();
  const change = useChangeSchedule();

  async function save({ reason = '', ...body }: Terms) {
    await change.mutateAsync({ name: schedule.name, body, reason: reason.trim() });
    void message.success(t('schedules.saved'));
  }

  return (
    <FormDialog<Terms>
      trigger={t('schedules.edit')}
      triggerProps={{ size: 'small' }}
      title={<ProductName family="jobs" name={schedule.name} />}
      verb={words('save')}
      initial={schedule}
      onSend={save}
    >
      <Form.Item name="cron" label={t('schedules.cron')} extra={t('schedules.cronHint')} rules={[{ required: true }]}>
        <Input maxLength={100} autoComplete="off" />
      </Form.Item>
      <Form.Item name="time_zone" label={t('schedules.zone')} rules={[{ required: true }]}>
        <Input maxLength={64} autoComplete="off" />
      </Form.Item>
      <Form.Item name="enabled" label={t('schedules.enabled')} valuePropName="checked">
        <Switch />
      </Form.Item>
      <ReasonField />
    </FormDialog>
  );
}
