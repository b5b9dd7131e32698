/** Takes rows away as a file. */
import { Button } from 'antd';
import { billing } from '@/i18n/billing';
import { useTexts } from '@/i18n/i18n';
import { useExport, type Wanted } from './useExport';

export function ExportButton({ wanted }: { wanted: Wanted }) {
  const t = useTexts(billing);
  const { start, isRunning } = useExport();
  return (
    <Button loading={isRunning} onClick={() => start(wanted)}>
      {t(isRunning ? 'exporting' : 'export')}
    </Button>
  );
}
