/** Catches what a page throws while rendering: the rest of the product stays usable. */
import { Button, Typography } from 'antd';
import { Component, type ReactNode } from 'react';
import { useRouteError } from 'react-router';
import { ApiError, NetworkError } from '@/api/errors';
import { ErrorNotice } from '@/components/ErrorNotice';
import { FullPageNotice } from '@/components/FullPageNotice';
import { common } from '@/i18n/common';
import { useTexts } from '@/i18n/i18n';

interface State {
  fault: unknown;
}

export class ErrorBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = { fault: null };

  static getDerivedStateFromError(fault: unknown): State {
    return { fault };
  }

  override render(): ReactNode {
    return this.state.fault === null ? this.props.children : <Crash fault={this.state.fault} />;
  }
}

/** The same for the router, which catches a route's errors itself. */
export function RouteError() {
  return <Crash fault={useRouteError()} />;
}

function Crash({ fault }: { fault: unknown }) {
  const t = useTexts(common);
  if (fault instanceof ApiError || fault instanceof NetworkError) {
    return (
      <div style={{ padding: 24 }}>
        <ErrorNotice error={fault} onRetry={() => window.location.reload()} />
      </div>
    );
  }
  return (
    <FullPageNotice title={t('crash.title')} body={t('crash.body')}>
      <Button type="primary" onClick={() => window.location.reload()}>
        {t('crash.reload')}
      </Button>
      <Typography.Text code>{fault instanceof Error ? fault.message : String(fault)}</Typography.Text>
    </FullPageNotice>
  );
}
