/** THE permission table, as the gateway enforces it. */
import CheckOutlined from '@ant-design/icons/CheckOutlined';
import { Table, type TableColumnsType, Typography } from 'antd';
import { type Role, useRoles } from '@/api/queries/people';
import type { Permission, RolesBody } from '@/api/schema';
import { ErrorNotice } from '@/components/ErrorNotice';
import { useScopeNames } from '@/components/useScopeNames';
import { adminUsers } from '@/i18n/adminUsers';
import { common } from '@/i18n/common';
import { useTexts } from '@/i18n/i18n';

type Row = RolesBody['permissions'][number];

export function Component() {
  const t = useTexts(adminUsers);
  const { data, error, isPending, refetch } = useRoles();
  if (error) return <ErrorNotice error={error} onRetry={() => refetch()} />;
  const byRole: TableColumnsType<Row> = (data?.roles ?? []).map((role: Role) => ({
    title: t(`roles.${role}`),
    key: role,
    align: 'center',
    render: (_, row) => <Mark isSet={row.roles.includes(role)} />,
  }));
  return (
    <>
      <Typography.Paragraph type="secondary">{t('permissions.table')}</Typography.Paragraph>
      <Table<Row>
        aria-label={t('sections.roles')}
        size="small"
        loading={isPending}
        rowKey="permission"
        dataSource={data?.permissions ?? []}
        columns={[
          {
            title: t('permissions.permission'),
            fixed: 'left',
            render: (_, row) => <PermissionName permission={row.permission} />,
          },
          ...byRole,
          {
            title: t('permissions.inProject'),
            align: 'center',
            render: (_, row) => <Mark isSet={row.in_project} />,
          },
        ]}
        pagination={false}
        scroll={{ x: 'max-content' }}
      />
    </>
  );
}

/** In words, with the name that keys carry it by. */
export function PermissionName({ permission }: { permission: Permission }) {
  const words = useScopeNames()(permission);
  return (
    <>
      {words} <Typography.Text code>{permission}</Typography.Text>
    </>
  );
}

/** A mark and its absence, both said in words to a screen reader. */
export function Mark({ isSet }: { isSet: boolean }) {
  const t = useTexts(common);
  if (isSet) return <CheckOutlined style={{ color: 'var(--ant-color-success)' }} aria-label={t('yes')} />;
  return (
    <Typography.Text type="secondary" aria-label={t('no')}>
      –
    </Typography.Text>
  );
}
