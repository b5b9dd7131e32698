import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { apiKey, profileOf } from '@/testing/people';
import { render } from '@/testing/render';
import { KeyAddresses } from './KeyAddresses';

describe('KeyAddresses', () => {
  it('shows from where a key may be used, and adds a network', async () => {
    const rule = { id: 'iprule_1', scope: 'key', scope_id: apiKey.id, action: 'allow', note: 'The office' };
    const rules = [
      { ...rule, network: '203.0.113.0/24' },
      { ...rule, id: 'iprule_2', scope_id: 'key_of_another', network: '198.51.100.0/24' },
    ];
    const bodies: unknown[] = [];
    render(<KeyAddresses apiKey={apiKey} />, {
      answers: {
        'GET /api/v1/me': profileOf(),
        'GET /api/v1/policy/ip-rules': { data: rules, next_cursor: null },
        'POST /api/v1/policy/ip-rules': async (request: Request) => {
          bodies.push(await request.json());
          return Response.json(rule, { status: 201 });
        },
      },
    });
    expect(await screen.findByText('203.0.113.0/24')).toBeVisible();
    expect(screen.queryByText('198.51.100.0/24')).toBeNull();
    await userEvent.click(await screen.findByText('Add an address rule'));
    await userEvent.type(screen.getByLabelText('Network'), '10.0.0.0/8');
    await userEvent.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Add an address rule' }));
    await expect.poll(() => bodies).toHaveLength(1);
    expect(bodies[0]).toMatchObject({ action: 'allow', network: '10.0.0.0/8', scope: 'key', api_key_id: apiKey.id });
  });
});
