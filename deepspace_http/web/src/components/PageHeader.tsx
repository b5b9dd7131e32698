/** The head of a page: its one h1, what it is for, and what can be done here. Names the browser's tab, too. */
import { Flex, Typography } from 'antd';
import { type ReactNode, useEffect } from 'react';

interface Props {
  title: string;
  /** The title is a name that somebody gave. */
  isGiven?: boolean;
  description?: ReactNode;
  actions?: ReactNode;
}

export function PageHeader({ title, isGiven = false, description, actions }: Props) {
  useDocumentTitle(title);
  return (
    <Flex wrap gap={12} justify="space-between" align="flex-start" style={{ marginBlockEnd: 20 }}>
      <div style={{ minWidth: 0, flex: '1 1 240px' }}>
        <Typography.Title level={1} style={{ fontSize: 22, margin: 0 }} {...(isGiven && { translate: 'no' })}>
          {title}
        </Typography.Title>
        {description && (
          <Typography.Paragraph type="secondary" style={{ margin: '4px 0 0' }}>
            {description}
          </Typography.Paragraph>
        )}
      </div>
      {actions && (
        <Flex wrap gap={8}>
          {actions}
        </Flex>
      )}
    </Flex>
  );
}

/** For pages whose title stands elsewhere. */
export function useDocumentTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · DeepSpace`;
  }, [title]);
}
