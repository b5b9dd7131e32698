import { screen, waitFor } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { Form, Input } from 'antd';
import { expect, it } from 'vitest';
import { render } from '@/testing/render';
import { RuleForm } from './RuleDrawer';

const ORG = `org_${'1'.repeat(32)}`;
const TOLD = {
  since: '2026-11-22T12:00:00Z',
  until: '2026-11-29T12:00:00Z',
  calls: 40,
  rejected: 3,
  is_partial: false,
  examples: [],
};

function show() {
  const saved: unknown[] = [];
  const rendered = render(
    <RuleForm<{ network: string }>
      title="Add"
      trigger="Add"
      initial={{ network: '10.0.0.0/8', org_id: ORG } as { network: string }}
      fields={() => (
        <Form.Item name="network" label="Network">
          <Input />
        </Form.Item>
      )}
      ruleOf={({ network }) => ({ ip_rule: { action: 'deny', network } })}
      save={async (values, orgId) => saved.push([values.network, orgId])}
      onClose={() => {}}
    />,
    {
      answers: {
        'POST /api/v1/admin/policy/dry-runs': TOLD,
        'GET /api/v1/admin/orgs': { data: [], next_cursor: null },
        'GET /api/v1/admin/names': { names: {} },
      },
    },
  );
  return { ...rendered, saved };
}

const save = () => screen.getByRole('button', { name: 'Save the rule' });

it('saves a rule only after it was tried, as it was tried', async () => {
  const { saved } = show();
  expect(save()).toBeDisabled();
  await userEvent.click(screen.getByRole('button', { name: 'Try it on past calls' }));
  expect(await screen.findByText('It would have refused 3 of 40 calls.')).toBeVisible();
  await waitFor(() => expect(save()).toBeEnabled());
  await userEvent.type(screen.getByLabelText('Network'), '1');
  await waitFor(() => expect(save()).toBeDisabled());
  expect(screen.getByText('The rule was changed since; try it again.')).toBeVisible();
  expect(saved).toEqual([]);
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
  await waitFor(() => expect(save()).toBeEnabled());
  await userEvent.click(save());
  await waitFor(() => expect(saved).toEqual([['10.0.0.0/81', ORG]]));
});
