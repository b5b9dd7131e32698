/** Exports what a list shows, all pages of it, as CSV that the browser puts together. */
import DownloadOutlined from '@ant-design/icons/DownloadOutlined';
import { App, Button, Tooltip } from 'antd';
import { useState } from 'react';
import type { CursorPage, PageQuery } from '@/components/CursorTable';
import { errorText } from '@/components/errorText';
import { adminUsers } from '@/i18n/adminUsers';
import { errors } from '@/i18n/errors';
import { useTexts } from '@/i18n/i18n';
import { type Column, csvOf, EXPORT_ROWS_MAX, gathered } from './csv';

interface Props<Row> {
  fileName: string;
  columns: readonly Column<Row>[];
  load: (page: PageQuery) => Promise<CursorPage<Row>>;
}

export function CsvButton<Row>({ fileName, columns, load }: Props<Row>) {
  const t = useTexts(adminUsers);
  const faults = useTexts(errors);
  const { message } = App.useApp();
  const [isRunning, setRunning] = useState(false);

  async function run() {
    setRunning(true);
    try {
      const rows = await gathered(load);
      if (rows.length >= EXPORT_ROWS_MAX) void message.warning(t('export.tooMany', { count: rows.length }));
      download(fileName, csvOf(rows, columns));
    } catch (error) {
      void message.error(errorText(error, faults).what);
    } finally {
      setRunning(false);
    }
  }

  return (
    <Tooltip title={t('export.hint')}>
      <Button icon={<DownloadOutlined />} loading={isRunning} onClick={run}>
        {t('export.button')}
      </Button>
    </Tooltip>
  );
}

function download(fileName: string, text: string): void {
  const url = URL.createObjectURL(new Blob(['\uFEFF', text], { type: 'text/csv;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 0);
}
