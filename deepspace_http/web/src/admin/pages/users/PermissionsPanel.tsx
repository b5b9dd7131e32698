/** What a user may really do in an organization: now, through a key, or after a change that is only thought of. */
import { Alert, Checkbox, Flex, Form, Select, Skeleton, Table, type TableColumnsType, Tag, Typography } from 'antd';
import { useState } from 'react';
import {
  type PermissionQuestion,
  type Role,
  usePermissions,
  useRoles,
  useUserKeys,
  useUserOrgs,
} from '@/api/queries/people';
import type { EffectivePermissionBody, EffectivePermissionsBody, MembershipBody, Permission } from '@/api/schema';
import { EmptyState } from '@/components/EmptyState';
import { ErrorNotice } from '@/components/ErrorNotice';
import { useProductNames } from '@/components/useProductNames';
import { useScopeNames } from '@/components/useScopeNames';
import { adminUsers } from '@/i18n/adminUsers';
import { type Translate, useTexts } from '@/i18n/i18n';
import { Mark, PermissionName } from './RolesSection';

type T = Translate<typeof adminUsers.en>;
const SESSION = 'session';
const THOUGHT_OF = 'thought-of';

interface Asked {
  orgId: string | null;
  through: string;
  role: Role | null;
  scopes: Permission[];
  isBound: boolean;
}

export function PermissionsPanel({ userId }: { userId: string }) {
  const t = useTexts(adminUsers);
  const orgs = useUserOrgs(userId);
  const [asked, setAsked] = useState<Asked>({
    orgId: null,
    through: SESSION,
    role: null,
    scopes: ['models:use'],
    isBound: false,
  });
  if (orgs.isPending) return <Skeleton active />;
  if (orgs.error) return <ErrorNotice error={orgs.error} onRetry={() => orgs.refetch()} />;
  const memberships = orgs.data.data;
  const orgId = asked.orgId ?? memberships[0]?.organization.id;
  if (!orgId) return <EmptyState title={t('permissions.choose')} />;
  return (
    <Flex vertical gap={12}>
      <Typography.Text type="secondary">{t('permissions.hint')}</Typography.Text>
      <Controls
        userId={userId}
        memberships={memberships}
        asked={{ ...asked, orgId }}
        change={(changes) => setAsked({ ...asked, ...changes })}
      />
      <Verdicts question={questionOf(userId, orgId, asked)} />
    </Flex>
  );
}

function questionOf(
  userId: string,
  orgId: string,
  { through, role, scopes, isBound }: Asked,
): PermissionQuestion | null {
  const base = { userId, orgId };
  if (through === SESSION) return { ...base, role: role ?? undefined };
  if (through !== THOUGHT_OF) return { ...base, apiKeyId: through };
  return scopes.length > 0 ? { ...base, role: role ?? undefined, scopes, isProjectBound: isBound } : null;
}

interface ControlsProps {
  userId: string;
  memberships: MembershipBody[];
  asked: Asked & { orgId: string };
  change: (changes: Partial<Asked>) => void;
}

function Controls({ userId, memberships, asked, change }: ControlsProps) {
  const t = useTexts(adminUsers);
  const keys = useUserKeys(userId);
  const roles = useRoles();
  const scopeName = useScopeNames();
  const held = memberships.find(({ organization }) => organization.id === asked.orgId)?.role;
  const isStored = asked.through !== SESSION && asked.through !== THOUGHT_OF;
  const own = (keys.data?.data ?? []).filter((key) => key.org_id === asked.orgId);
  return (
    <Form layout="vertical" component="div">
      <Flex wrap gap="0 16px">
        <Form.Item label={t('permissions.org')} htmlFor="permissions-org" style={{ marginBlockEnd: 12 }}>
          <Select
            id="permissions-org"
            style={{ width: 240 }}
            value={asked.orgId}
            onChange={(orgId) => change({ orgId, through: SESSION })}
            options={memberships.map(({ organization }) => ({ value: organization.id, label: organization.name }))}
          />
        </Form.Item>
        <Form.Item label={t('permissions.through')} htmlFor="permissions-through" style={{ marginBlockEnd: 12 }}>
          <Select
            id="permissions-through"
            style={{ width: 240 }}
            value={asked.through}
            onChange={(through) => change({ through })}
            options={[
              { value: SESSION, label: t('permissions.session') },
              { value: THOUGHT_OF, label: t('permissions.thoughtOf') },
              ...own.map((key) => ({ value: key.id, label: `${key.name} (${key.prefix}…)` })),
            ]}
          />
        </Form.Item>
        {!isStored && (
          <Form.Item label={t('permissions.role')} htmlFor="permissions-role" style={{ marginBlockEnd: 12 }}>
            <Select
              id="permissions-role"
              style={{ width: 200 }}
              value={asked.role ?? ''}
              onChange={(role) => change({ role: role === '' ? null : (role as Role) })}
              options={[
                {
                  value: '',
                  label: t('permissions.asIs', { role: held ? t(`roles.${held}`) : t('permissions.noMember') }),
                },
                ...(roles.data?.roles ?? []).map((role: Role) => ({ value: role, label: t(`roles.${role}`) })),
              ]}
            />
          </Form.Item>
        )}
      </Flex>
      {asked.through === THOUGHT_OF && (
        <Flex wrap gap="0 16px" align="end">
          <Form.Item
            label={t('permissions.scopes')}
            htmlFor="permissions-scopes"
            style={{ marginBlockEnd: 12, flex: '1 1 320px' }}
          >
            <Select<Permission[]>
              id="permissions-scopes"
              mode="multiple"
              value={asked.scopes}
              onChange={(scopes) => change({ scopes })}
              options={(roles.data?.permissions ?? []).map((row) => ({
                value: row.permission,
                label: scopeName(row.permission),
              }))}
            />
          </Form.Item>
          <Form.Item style={{ marginBlockEnd: 12 }}>
            <Checkbox checked={asked.isBound} onChange={(event) => change({ isBound: event.target.checked })}>
              {t('permissions.bound')}
            </Checkbox>
          </Form.Item>
        </Flex>
      )}
    </Form>
  );
}

function Verdicts({ question }: { question: PermissionQuestion | null }) {
  const t = useTexts(adminUsers);
  const nameOf = useProductNames();
  const { data, error, isFetching, refetch } = usePermissions(question);
  if (error) return <ErrorNotice error={error} onRetry={() => refetch()} />;
  const rows = data?.permissions ?? [];
  const allowed = rows.filter((row) => row.allowed).length;
  return (
    <>
      {data?.refusal && (
        <Alert
          type="warning"
          showIcon
          title={t('permissions.refused', { message: nameOf('errors', data.refusal.code) ?? data.refusal.message })}
        />
      )}
      {data && (
        <Typography.Text strong aria-live="polite">
          {t('permissions.count', { allowed, all: rows.length })}
        </Typography.Text>
      )}
      <Table<EffectivePermissionBody>
        aria-label={t('user.tabs.permissions')}
        size="small"
        loading={isFetching}
        rowKey="permission"
        dataSource={rows}
        columns={columnsOf(t, data)}
        pagination={false}
        scroll={{ x: 'max-content' }}
      />
    </>
  );
}

function columnsOf(t: T, data: EffectivePermissionsBody | undefined): TableColumnsType<EffectivePermissionBody> {
  const first = data?.permissions[0];
  const asksKey = first !== undefined && first.by_scope !== null;
  const asksProject = first !== undefined && first.in_project !== null;
  return [
    { title: t('permissions.permission'), render: (_, row) => <PermissionName permission={row.permission} /> },
    {
      title: t('permissions.verdict'),
      render: (_, { allowed }) => (
        <Tag color={allowed ? 'success' : 'default'}>{t(allowed ? 'permissions.allowed' : 'permissions.denied')}</Tag>
      ),
    },
    { title: t('permissions.byRole'), align: 'center', render: (_, row) => <Mark isSet={row.by_role} /> },
    ...(asksKey
      ? [
          {
            title: t('permissions.byScope'),
            align: 'center' as const,
            render: (_: unknown, row: EffectivePermissionBody) => <Mark isSet={row.by_scope === true} />,
          },
        ]
      : []),
    ...(asksProject
      ? [
          {
            title: t('permissions.inProject'),
            align: 'center' as const,
            render: (_: unknown, row: EffectivePermissionBody) => <Mark isSet={row.in_project === true} />,
          },
        ]
      : []),
  ];
}
