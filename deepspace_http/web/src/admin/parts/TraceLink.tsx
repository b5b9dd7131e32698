/** The way from a row to the whole story of its call. */
import { Tooltip } from 'antd';
import { Link } from 'react-router';
import { adminParts } from '@/i18n/adminParts';
import { useTexts } from '@/i18n/i18n';

export function TraceLink({ id }: { id: string }) {
  const t = useTexts(adminParts);
  return (
    <Tooltip title={`${t('showTrace')}: ${id}`}>
      <Link
        to={`/audit/traces/${id}`}
        translate="no"
        style={{ fontFamily: 'monospace', whiteSpace: 'nowrap' }}
        onClick={(event) => event.stopPropagation()}
      >
        {id.slice(0, 8)}…
      </Link>
    </Tooltip>
  );
}
