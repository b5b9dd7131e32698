import { screen } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { expect, it, vi } from 'vitest';
import type { PlacedMessageBody } from '@/api/schema';
import type { ShownMessage } from '@/hooks/useChat';
import { render } from '@/testing/render';
import { MessageItem } from './MessageItem';

const ANSWER = {
  id: 'msg_a',
  conversation_id: 'conv_c',
  parent_id: 'msg_q',
  role: 'assistant',
  state: 'done',
  content: 'Because.',
  reasoning: null,
  attachments: [],
  sources: [],
  trace_id: '4bf92f3577b34da6a3ce929d0e0e4736',
  created_at: '2030-01-01T12:00:00Z',
  last_event_id: null,
  siblings: { count: 3, nth: 2, previous_id: 'msg_1', next_id: 'msg_3' },
  answer: {
    model: 'small',
    ending: 'completed',
    usage_source: 'upstream',
    tokens: { input_total: 1234, output_total: 7 },
    cost_nanos: 249_900,
    cost: '0.0002499',
    cost_exact: '0.0002499',
    currency: 'USD',
    latency_ms: 5,
    error: null,
  },
} as unknown as PlacedMessageBody;

function shown(changes: Partial<PlacedMessageBody> = {}, more: Partial<ShownMessage> = {}): ShownMessage {
  const stored = { ...ANSWER, ...changes };
  const { content, role } = stored;
  return { key: stored.id, stored, role, content, reasoning: stored.reasoning ?? '', phase: null, ...more };
}

function show(message: ShownMessage, isBusy = false) {
  const calls = { onEdit: vi.fn(), onRegenerate: vi.fn(), onShow: vi.fn() };
  const rendered = render(<MessageItem message={message} isBusy={isBusy} {...calls} />);
  return { ...calls, ...rendered };
}

it('shows what an answer cost, its tokens and its trace', async () => {
  const { container } = show(shown());
  await screen.findByText('Because.');
  expect(container.textContent).toContain('$0.0002499');
  expect(container.textContent).toContain('1,234 in, 7 out');
  expect(screen.getByRole('button', { name: 'Copy the trace id' })).toBeInTheDocument();
});

it('leads to the neighbours of an answer, and asks for another', async () => {
  const { onShow, onRegenerate } = show(shown());
  expect(screen.getByText('2 / 3')).toBeInTheDocument();
  await userEvent.click(screen.getByRole('button', { name: 'Previous version' }));
  await userEvent.click(screen.getByRole('button', { name: 'Next version' }));
  expect(onShow.mock.calls).toEqual([['msg_1'], ['msg_3']]);
  await userEvent.click(screen.getByRole('button', { name: 'Answer again' }));
  expect(onRegenerate).toHaveBeenCalledWith(expect.objectContaining({ id: 'msg_a' }));
});

it('lets a question be put in other words', async () => {
  const { onEdit } = show(shown({ role: 'user', content: 'Why?', answer: null }));
  await userEvent.click(screen.getByRole('button', { name: 'Edit' }));
  const area = screen.getByRole('textbox', { name: 'Edit' });
  await userEvent.clear(area);
  await userEvent.type(area, 'How?');
  await userEvent.click(screen.getByRole('button', { name: 'Ask anew' }));
  expect(onEdit).toHaveBeenCalledWith(expect.objectContaining({ id: 'msg_a' }), 'How?');
});

it('shows a question as text, whatever it holds', () => {
  const { container } = show(shown({ role: 'user', content: '<b>**x**</b>', answer: null }));
  expect(container.textContent).toContain('<b>**x**</b>');
});

it.each([
  ['insufficient_quota', 'The wallet does not cover this answer'],
  ['budget_exceeded', 'A budget does not cover this answer'],
])('says why there is no answer, and what helps: %s', (code, words) => {
  const error = { code, message: 'this call needs up to 1 USD' };
  show(shown({ content: '', answer: { ...ANSWER.answer, error } as PlacedMessageBody['answer'] }));
  expect(screen.getByRole('alert')).toHaveTextContent(words);
  expect(screen.getByRole('alert')).toHaveTextContent('this call needs up to 1 USD');
  expect(screen.getByRole('link', { name: 'Open billing' })).toHaveAttribute('href', '/billing');
});

it('marks an answer that was stopped', () => {
  show(shown({ answer: { ...ANSWER.answer, ending: 'client_aborted' } as PlacedMessageBody['answer'] }));
  expect(screen.getByText('Stopped')).toBeInTheDocument();
});

it('lists what an answer rests on', () => {
  show(shown({ sources: [{ url: 'https://a.example/', title: 'A' }] }));
  expect(screen.getByRole('link', { name: 'A' })).toHaveAttribute('rel', expect.stringContaining('noopener'));
});

it('folds thoughts away once it speaks', () => {
  const thinking = show(shown({ content: '' }, { reasoning: 'Hm.', phase: 'writing' }));
  expect(thinking.container.querySelector('details')).toHaveAttribute('open');
  thinking.unmount();
  const spoken = show(shown({ reasoning: 'Hm.' }));
  expect(spoken.container.querySelector('details')).not.toHaveAttribute('open');
});

it('offers nothing that asks while an answer is being written', () => {
  show(shown(), true);
  expect(screen.getByRole('button', { name: 'Answer again' })).toBeDisabled();
  expect(screen.getByRole('button', { name: 'Next version' })).toBeDisabled();
});
