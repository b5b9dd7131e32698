/** Exports of everybody: who asked for what, how far it is, and whole tables for administrators. */

import DownloadOutlined from '@ant-design/icons/DownloadOutlined';
import { Button, Flex, Modal, Select, type TableColumnsType, Tag, Tooltip } from 'antd';
import { useState } from 'react';
import { exportAddress, exportsKey, loadExports } from '@/api/queries/adminExports';
import { useMe } from '@/api/queries/me';
import type { AnyExportBody, ExportKind } from '@/api/schema';
import { CursorTable } from '@/components/CursorTable';
import { DateTime } from '@/components/DateTime';
import { EmptyState } from '@/components/EmptyState';
import { formatBytes, formatCount } from '@/components/numbers';
import { adminParts } from '@/i18n/adminParts';
import { adminSystem } from '@/i18n/adminSystem';
import { type Language, type Translate, useLanguage, useTexts } from '@/i18n/i18n';
import { ActionsTitle } from '../../parts/ActionsTitle';
import { ExportButton, ExportProgress } from '../../parts/ExportButton';
import { orgFilter } from '../../parts/filters';
import { ActorName, OrgName } from '../../parts/Named';

type T = Translate<typeof adminSystem.en>;

const WHOLE: ExportKind[] = [
  'transactions',
  'usage',
  'audit',
  'requests',
  'wallets',
  'budgets',
  'limits',
  'ip_rules',
  'users',
  'organizations',
  'api_keys',
  'models',
  'channels',
  'reconciliations',
  'webhooks',
  'deliveries',
  'jobs',
  'schedules',
];

export function Component() {
  const t = useTexts(adminSystem);
  const parts = useTexts(adminParts);
  const language = useLanguage();
  const me = useMe();
  const own = me.data ? ownActor(me.data.user.id) : null;
  return (
    <CursorTable<AnyExportBody>
      label={t('exports.label')}
      queryKey={exportsKey}
      load={loadExports}
      columns={columnsOf(t, language, own)}
      rowKey="id"
      filters={[orgFilter(parts('organization'))]}
      empty={<EmptyState title={t('exports.empty')} hint={t('exports.emptyHint')} />}
      actions={() => <WholeTable />}
    />
  );
}

function WholeTable() {
  const t = useTexts(adminSystem);
  const [kind, setKind] = useState<ExportKind>('transactions');
  return (
    <Flex gap={8} wrap>
      <Select
        aria-label={t('exports.new')}
        style={{ width: 160 }}
        value={kind}
        onChange={setKind}
        options={WHOLE.map((value) => ({ value, label: t(`exports.kinds.${value}`) }))}
      />
      <ExportButton key={kind} kind={kind} filters={{}} />
    </Flex>
  );
}

function Format({ of }: { of: AnyExportBody['format'] }) {
  return <Tag>{useTexts(adminParts)(`export.formats.${of}`)}</Tag>;
}

function columnsOf(t: T, language: Language, own: string | null): TableColumnsType<AnyExportBody> {
  return [
    { title: t('exports.created'), key: 'at', render: (_, row) => <DateTime at={row.created_at} withSeconds /> },
    {
      title: t('exports.kind'),
      key: 'kind',
      render: (_, row) => (
        <>
          {t(`exports.kinds.${row.kind}`)} <Format of={row.format} />
        </>
      ),
    },
    { title: t('exports.whose'), key: 'whose', render: (_, row) => <Reach t={t} row={row} /> },
    { title: t('exports.by'), key: 'by', render: (_, row) => <ActorName actor={row.requested_by} /> },
    {
      title: t('exports.rows'),
      key: 'rows',
      align: 'right',
      render: (_, row) => (row.rows === null ? '–' : formatCount(row.rows, language)),
    },
    {
      title: t('exports.size'),
      key: 'size',
      align: 'right',
      render: (_, row) => (row.size_bytes === null ? '–' : formatBytes(row.size_bytes, language)),
    },
    {
      title: t('exports.state'),
      key: 'state',
      render: (_, row) => (
        <Tag color={row.ready ? 'success' : 'processing'}>{t(row.ready ? 'exports.ready' : 'exports.writing')}</Tag>
      ),
    },
    { title: t('exports.expires'), key: 'expires', render: (_, row) => <DateTime at={row.expires_at} /> },
    {
      title: <ActionsTitle />,
      key: 'act',
      render: (_, row) => <Act t={t} row={row} isOwn={row.requested_by === own} />,
    },
  ];
}

function Reach({ t, row }: { t: T; row: AnyExportBody }) {
  if (!row.everybody) return <OrgName id={row.org_id} />;
  return row.of_org_id ? <OrgName id={row.of_org_id} /> : <Tag color="warning">{t('exports.everybody')}</Tag>;
}

function Act({ t, row, isOwn }: { t: T; row: AnyExportBody; isOwn: boolean }) {
  const [isOpen, setOpen] = useState(false);
  if (row.ready) {
    return isOwn ? (
      <Button size="small" icon={<DownloadOutlined />} href={exportAddress(row.id)} download>
        {t('exports.own')}
      </Button>
    ) : (
      <Tooltip title={t('exports.notOwn')}>
        <Button size="small" disabled icon={<DownloadOutlined />}>
          {t('exports.own')}
        </Button>
      </Tooltip>
    );
  }
  return (
    <>
      <Button size="small" onClick={() => setOpen(true)}>
        {t('exports.follow')}
      </Button>
      <Modal open={isOpen} title={t('exports.follow')} footer={null} destroyOnHidden onCancel={() => setOpen(false)}>
        <ExportProgress exportId={row.id} jobId={row.job_id} onClose={() => setOpen(false)} />
      </Modal>
    </>
  );
}

/** `user_0198…` as the trail writes it: `user:0198c0ff-ee00-…`. */
function ownActor(userId: string): string {
  const hex = userId.replace('user_', '');
  const groups = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)];
  return `user:${groups.join('-')}`;
}
