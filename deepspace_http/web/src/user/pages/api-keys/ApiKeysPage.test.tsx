import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { apiKey, profileOf, project } from '@/testing/people';
import { type Answers, refusal, render } from '@/testing/render';
import { Component as ApiKeysPage } from './ApiKeysPage';

const SECRET = 'sk-ds-4f9a2b-the-whole-of-it';
const ANSWERS: Answers = {
  'GET /api/v1/me': profileOf(),
  'GET /api/v1/keys': { data: [apiKey], next_cursor: null },
  'GET /api/v1/projects': { data: [project], next_cursor: null },
  'GET /api/v1/models': { data: [{ id: 'model_1', name: 'small', kinds: ['chat'], price: null }], next_cursor: null },
  'GET /api/v1/usage/breakdown': { parts: [], others: [], totals: [] },
};

async function make(answers: Answers = {}) {
  const bodies: unknown[] = [];
  const made = async (request: Request) => {
    bodies.push(await request.json());
    return Response.json({ key: apiKey, secret: SECRET }, { status: 201 });
  };
  const rendered = render(<ApiKeysPage />, { answers: { ...ANSWERS, 'POST /api/v1/keys': made, ...answers } });
  await userEvent.click(await screen.findByRole('button', { name: /New API key/ }));
  await userEvent.type(await screen.findByLabelText('Name'), 'notebook');
  return { ...rendered, bodies };
}

const send = async () =>
  userEvent.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'New API key' }));

describe('ApiKeysPage', () => {
  it('asks for a key with the limits that were filled in', async () => {
    const { bodies } = await make();
    await userEvent.type(screen.getByLabelText('Requests a minute'), '20');
    await send();
    await screen.findByText(SECRET);
    expect(bodies).toEqual([
      {
        name: 'notebook',
        scopes: ['models:use'],
        expires_at: null,
        limits: [{ metric: 'requests', window_seconds: 60, cap: 20 }],
      },
    ]);
  });

  it('shows the secret once, with examples that have it filled in', async () => {
    await make();
    await send();
    const dialog = (await screen.findByText(SECRET)).closest<HTMLElement>('[role="dialog"]');
    if (!dialog) throw new Error('the secret stands in no dialog');
    expect(dialog).toHaveTextContent(`Authorization: Bearer ${SECRET}`);
    await userEvent.click(within(dialog).getByText('Python'));
    expect(dialog).toHaveTextContent(`base_url="${window.location.origin}/v1", api_key="${SECRET}"`);
    expect(dialog).toHaveTextContent('model="small"');
    await userEvent.keyboard('{Escape}');
    expect(screen.getByText(SECRET)).toBeVisible();
    await userEvent.click(within(dialog).getByText('I have kept the key'));
    await expect.poll(() => screen.queryByText(SECRET)).toBeNull();
  });

  it('offers no limits to who may not set them, and no key to who may make none', async () => {
    const may = (permissions: string[]) => ({ 'GET /api/v1/me': profileOf(permissions) });
    const { unmount } = await make(may(['api_keys:create', 'models:use']));
    expect(screen.queryByLabelText('Requests a minute')).not.toBeInTheDocument();
    unmount();
    render(<ApiKeysPage />, { answers: { ...ANSWERS, ...may(['usage:read']) } });
    await screen.findByText('ci');
    expect(screen.queryByRole('button', { name: /New API key/ })).not.toBeInTheDocument();
  });

  it('changes a key and leaves alone what nobody touched', async () => {
    const bodies: unknown[] = [];
    const limit = { id: 'limit_1', org_id: apiKey.org_id, scope: 'key', scope_id: apiKey.id, created_at: null };
    const limits = [{ ...limit, metric: 'tokens', window_seconds: 60, cap: 9 }];
    render(<ApiKeysPage />, {
      answers: {
        ...ANSWERS,
        'GET /api/v1/policy/limits': { data: limits, next_cursor: null },
        [`PUT /api/v1/keys/${apiKey.id}`]: async (request: Request) => {
          bodies.push(await request.json());
          return bodies.length === 1 ? refusal(400, 'invalid_input', 'no such model', 'name') : Response.json(apiKey);
        },
      },
    });
    await userEvent.click(await screen.findByRole('button', { name: 'Change: ci' }));
    const name = await screen.findByLabelText('Name');
    await userEvent.type(name, ' 2');
    await userEvent.type(await screen.findByLabelText('Requests a minute'), '20');
    await userEvent.click(screen.getByRole('button', { name: 'Save' }));
    expect(await screen.findByText('No such model.')).toBeVisible();
    expect(name).toHaveValue('ci 2');
    await userEvent.click(screen.getByRole('button', { name: 'Save' }));
    await expect.poll(() => screen.queryByRole('dialog')).toBeNull();
    expect(bodies[1]).toEqual({
      name: 'ci 2',
      scopes: ['models:use'],
      model_allow_list: null,
      expires_at: null,
      limits: [
        { metric: 'requests', window_seconds: 60, cap: 20 },
        { metric: 'tokens', window_seconds: 60, cap: 9 },
      ],
    });
  });

  it('revokes only after asking', async () => {
    const { asked } = render(<ApiKeysPage />, {
      answers: { ...ANSWERS, [`DELETE /api/v1/keys/${apiKey.id}`]: apiKey },
    });
    await userEvent.click(await screen.findByRole('button', { name: 'Revoke: ci' }));
    expect(asked.some((one) => one.startsWith('DELETE'))).toBe(false);
    await userEvent.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Revoke' }));
    await expect.poll(() => asked).toContain(`DELETE /api/v1/keys/${apiKey.id}`);
  });
});
