/** One thing to say, in the middle of the page: no such page, no right to it, something broke. */
import { Flex, Typography } from 'antd';
import type { ReactNode } from 'react';

interface Props {
  title: string;
  body: string;
  children?: ReactNode;
}

export function FullPageNotice({ title, body, children }: Props) {
  return (
    <Flex vertical align="center" gap={12} style={{ padding: '15vh 24px', textAlign: 'center' }}>
      <Typography.Title level={1} style={{ fontSize: 24, margin: 0 }}>
        {title}
      </Typography.Title>
      <Typography.Paragraph type="secondary" style={{ maxWidth: '60ch', margin: 0 }}>
        {body}
      </Typography.Paragraph>
      {children}
    </Flex>
  );
}
