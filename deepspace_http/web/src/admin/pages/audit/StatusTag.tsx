/** A status as the gateway answered it, with its error in words and by its code. */
import { Flex, Tag, Tooltip } from 'antd';
import { codeWords } from '@/components/errorText';
import { ProductName } from '@/components/ProductName';
import { errors } from '@/i18n/errors';
import { useTexts } from '@/i18n/i18n';

const FAILED_FROM = 400;
const FAULT_FROM = 500;

export function StatusTag({ status, code }: { status: number; code?: string | null }) {
  const t = useTexts(errors);
  const color = status >= FAULT_FROM ? 'error' : status >= FAILED_FROM ? 'warning' : 'success';
  return (
    <Flex gap={4} align="center">
      <Tag color={color}>{status}</Tag>
      {code && (
        <Tooltip title={codeWords(code, status, t)}>
          <span>
            <ProductName family="errors" name={code} />
          </span>
        </Tooltip>
      )}
    </Flex>
  );
}
