/** The pages of one area side by side: each has its own address, and keeps its filters there. */
import { Tabs } from 'antd';
import { Suspense } from 'react';
import { Outlet, useLocation, useNavigate } from 'react-router';
import { PageHeader } from '@/components/PageHeader';
import { PageLoading } from '@/components/PageLoading';
import { Page } from '@/shell/Frame';

interface Props {
  /** The area's own address: `/billing`. */
  base: string;
  title: string;
  description?: string;
  sections: { path: string; label: string }[];
}

export function Sections({ base, title, description, sections }: Props) {
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const current = sections.find(({ path }) => pathname.startsWith(`${base}/${path}`)) ?? sections[0];
  return (
    <Page>
      <PageHeader title={title} description={description} />
      <Tabs
        activeKey={current?.path ?? ''}
        items={sections.map(({ path, label }) => ({ key: path, label }))}
        onChange={(path) => navigate(`${base}/${path}`)}
      />
      <Suspense fallback={<PageLoading />}>
        <Outlet />
      </Suspense>
    </Page>
  );
}
