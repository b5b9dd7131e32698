/** An id, short enough for a table, whole when copied. */
import { Flex, Tooltip, Typography } from 'antd';
import { CopyButton } from '@/components/CopyButton';
import { adminParts } from '@/i18n/adminParts';
import { useTexts } from '@/i18n/i18n';

const TAIL = 8;
const WHOLE_MAX = 20;

export function IdText({ id }: { id: string }) {
  const t = useTexts(adminParts);
  return (
    <Flex align="center" gap={2} style={{ whiteSpace: 'nowrap' }}>
      <Tooltip title={id}>
        <Typography.Text code>{shortened(id)}</Typography.Text>
      </Tooltip>
      <CopyButton text={id} label={t('copyId')} />
    </Flex>
  );
}

/** `org_0198…89ab`: the prefix says what it is, the tail which one. */
export function shortened(id: string): string {
  if (id.length <= WHOLE_MAX) return id;
  const prefix = id.match(/^[a-z]+_/)?.[0] ?? id.slice(0, 4);
  return `${prefix}…${id.slice(-TAIL)}`;
}
