/** A person and places, as the gateway tells of them; for tests of pages. */
import type { ApiKeyBody, ProfileBody, ProjectBody, SessionBody, WalletBody } from '@/api/schema';

const AT = '2026-11-15T12:00:00Z';

export const ORG = 'org_0198c0ffee007abc8def0123456789ab';
export const PROJECT = 'proj_0198c0ffee007abc8def0123456789ab';

const ALL = [
  'api_keys:create',
  'api_keys:manage',
  'chat:use',
  'members:manage',
  'models:use',
  'organization:manage',
  'organization:read',
  'owners:manage',
  'policy:manage',
  'projects:manage',
  'usage:read',
  'wallet:manage',
  'wallet:read',
] as const;

/** Ada, owner of her personal organization; `permissions` tells another story. */
export function profileOf(permissions: readonly string[] = ALL): ProfileBody {
  return {
    user: {
      id: 'user_0198c0ffee007abc8def0123456789ab',
      email: 'ada@example.org',
      display_name: 'Ada',
      language: 'en',
      time_zone: 'UTC',
      personal_org_id: ORG,
      is_administrator: false,
      created_at: AT,
      disabled_at: null,
    },
    organizations: [
      {
        organization: { id: ORG, name: 'Ada', kind: 'personal', on_abort: 'drain', created_at: AT, suspended_at: null },
        role: 'owner',
        permissions: [...permissions] as ProfileBody['organizations'][number]['permissions'],
      },
    ],
  };
}

export const project: ProjectBody = {
  id: PROJECT,
  org_id: ORG,
  workspace_id: 'ws_0198c0ffee007abc8def0123456789ab',
  name: 'Default',
  description: '',
  is_default: true,
  created_at: AT,
  archived_at: null,
};

export const apiKey: ApiKeyBody = {
  id: 'key_0198c0ffee007abc8def0123456789ab',
  org_id: ORG,
  name: 'ci',
  prefix: 'sk-ds-4f9a2b',
  scopes: ['models:use'],
  project_id: null,
  model_allow_list: null,
  created_by: 'user_0198c0ffee007abc8def0123456789ab',
  created_at: AT,
  expires_at: null,
  revoked_at: null,
  last_used_at: null,
  rotated_at: null,
  previous_expires_at: null,
};

export function sessionOf(n: number, current = false): SessionBody {
  return {
    id: `sess_0198c0ffee007abc8def0123456789a${n}`,
    current,
    user_agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0',
    address: `203.0.113.${n}`,
    created_at: AT,
    refreshed_at: AT,
    expires_at: AT,
  };
}

export function walletOf(nanos: number): WalletBody {
  const text = String(nanos / 1e9);
  return {
    id: 'wal_0198c0ffee007abc8def0123456789ab',
    org_id: ORG,
    currency: 'USD',
    balance_nanos: nanos,
    balance: text,
    frozen_nanos: 0,
    frozen: '0',
    available_nanos: nanos,
    available: text,
    spendable_nanos: nanos,
    spendable: text,
    credit_limit_nanos: 0,
    credit_limit: '0',
    receivable_nanos: 0,
    receivable: '0',
    version: 1,
    opened_at: AT,
    updated_at: AT,
    closed_at: null,
  };
}
