/** A status as the gateway answered it, with its error code. */
import { Flex, Tag, Typography } from 'antd';

const FAILED_FROM = 400;
const FAULT_FROM = 500;

export function StatusTag({ status, code }: { status: number; code?: string | null }) {
  const color = status >= FAULT_FROM ? 'error' : status >= FAILED_FROM ? 'warning' : 'success';
  return (
    <Flex gap={4} align="center">
      <Tag color={color}>{status}</Tag>
      {code && <Typography.Text type="secondary">{code}</Typography.Text>}
    </Flex>
  );
}
