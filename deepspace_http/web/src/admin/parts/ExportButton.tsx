/** Exports what a list shows, all pages of it: asks for the format, follows the job, and gives the file. */
import DownloadOutlined from '@ant-design/icons/DownloadOutlined';
import { Button, Flex, Form, Modal, Select, Spin, Typography } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router';
import { exportAddress, useOwnExport, useRequestExport } from '@/api/queries/adminExports';
import type { ExportFormat, ExportKind, ExportMatchBody } from '@/api/schema';
import { useTimeZone } from '@/components/DateTime';
import { ErrorNotice } from '@/components/ErrorNotice';
import type { FilterValues } from '@/components/filters';
import { isSettled, useJobFeed } from '@/hooks/useJobFeed';
import { adminParts } from '@/i18n/adminParts';
import { common } from '@/i18n/common';
import { useTexts } from '@/i18n/i18n';
import { JobProgress } from './JobProgress';

const FORMATS: ExportFormat[] = ['csv', 'jsonl', 'parquet', 'md'];

interface Props {
  kind: ExportKind;
  /** The filters of the list; organization and period are told apart, the rest is what rows must match. */
  filters: FilterValues;
  /** From the list's filters to the export's, where their names or units differ. */
  matching?: (filters: FilterValues) => ExportMatchBody;
}

export function ExportButton(props: Props) {
  const t = useTexts(adminParts);
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button icon={<DownloadOutlined />} onClick={() => setOpen(true)}>
        {t('export.button')}
      </Button>
      <Modal open={isOpen} title={t('export.title')} footer={null} destroyOnHidden onCancel={() => setOpen(false)}>
        <ExportForm {...props} onClose={() => setOpen(false)} />
      </Modal>
    </>
  );
}

function ExportForm({ kind, filters, matching = allButPlace, onClose }: Props & { onClose: () => void }) {
  const t = useTexts(adminParts);
  const words = useTexts(common);
  const zone = useTimeZone();
  const [format, setFormat] = useState<ExportFormat>('csv');
  const request = useRequestExport();

  function start() {
    request.mutate({
      kind,
      format,
      since: filters.from ?? null,
      until: filters.to ?? null,
      project_id: filters.project_id ?? null,
      time_zone: zone,
      org_id: filters.org_id ?? null,
      matching: matching(filters),
    });
  }

  if (request.data) return <ExportProgress exportId={request.data.id} jobId={request.data.job_id} onClose={onClose} />;
  return (
    <Form layout="vertical" onFinish={start}>
      <Typography.Paragraph type="secondary">{t('export.hint')}</Typography.Paragraph>
      <Form.Item label={t('export.format')} htmlFor="export-format">
        <Select
          id="export-format"
          value={format}
          onChange={setFormat}
          options={FORMATS.map((value) => ({ value, label: t(`export.formats.${value}`) }))}
        />
      </Form.Item>
      {request.error && <ErrorNotice error={request.error} />}
      <Flex gap={8} justify="flex-end" style={{ marginBlockStart: 16 }}>
        <Button onClick={onClose}>{words('cancel')}</Button>
        <Button type="primary" htmlType="submit" loading={request.isPending}>
          {t('export.start')}
        </Button>
      </Flex>
    </Form>
  );
}

/** The job as it goes, then the file. */
export function ExportProgress({ exportId, jobId, onClose }: { exportId: string; jobId: string; onClose: () => void }) {
  const t = useTexts(adminParts);
  const words = useTexts(common);
  const { job } = useJobFeed(jobId);
  const isOver = job !== null && isSettled(job);
  const made = useOwnExport(isOver ? exportId : null, job?.revision ?? 0);
  return (
    <Flex vertical gap={12}>
      {job === null ? <Spin /> : <JobProgress job={job} />}
      {!isOver && <Typography.Text type="secondary">{t('export.running')}</Typography.Text>}
      {job?.error && <Typography.Text type="danger">{`${t('export.failed')}: ${job.error.message}`}</Typography.Text>}
      {made.error && <ErrorNotice error={made.error} />}
      {made.data?.ready && <Typography.Text>{t('export.ready', { name: made.data.file_name })}</Typography.Text>}
      <Flex gap={8} justify="flex-end" wrap>
        <Link to="/system/exports" onClick={onClose}>
          <Button>{t('export.all')}</Button>
        </Link>
        {made.data?.ready ? (
          <Button type="primary" icon={<DownloadOutlined />} href={exportAddress(exportId)} download>
            {t('export.download')}
          </Button>
        ) : (
          <Button onClick={onClose}>{words('close')}</Button>
        )}
      </Flex>
    </Flex>
  );
}

const PLACE = new Set(['org_id', 'project_id', 'from', 'to', 'sort']);

function allButPlace(filters: FilterValues): ExportMatchBody {
  const rest = Object.entries(filters).filter(([name]) => !PLACE.has(name));
  return Object.fromEntries(rest) as ExportMatchBody;
}
