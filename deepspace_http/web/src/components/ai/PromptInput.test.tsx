import { fireEvent, screen } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { useState } from 'react';
import { expect, it, vi } from 'vitest';
import { render } from '@/testing/render';
import { type Enclosure, PromptInput } from './PromptInput';

const FILE: Enclosure = { key: 'f', name: 'a.csv', percent: 40, hasFailed: false };

type Props = Parameters<typeof PromptInput>[0];

function Typed(props: Omit<Props, 'text' | 'onText'>) {
  const [text, setText] = useState('');
  return <PromptInput {...props} text={text} onText={setText} />;
}

function show(props: Partial<Props> = {}) {
  const calls = { onSend: vi.fn(), onStop: vi.fn(), onFiles: vi.fn(), onRemove: vi.fn() };
  render(<Typed enclosures={[]} isRunning={false} isDisabled={false} {...calls} {...props} />);
  return { ...calls, area: screen.getByRole('textbox', { name: 'Message' }) };
}

it('sends with Enter and makes a line with Shift and Enter', async () => {
  const { area, onSend } = show();
  await userEvent.type(area, 'one{Shift>}{Enter}{/Shift}two');
  expect(area).toHaveValue('one\ntwo');
  expect(onSend).not.toHaveBeenCalled();
  await userEvent.type(area, '{Enter}');
  expect(onSend).toHaveBeenCalledOnce();
  expect(area).toHaveValue('one\ntwo');
});

it('does not send while an input method is composing, nor nothing', async () => {
  const { area, onSend } = show();
  await userEvent.type(area, ' {Enter}');
  await userEvent.type(area, 'ni');
  fireEvent.keyDown(area, { key: 'Enter', isComposing: true });
  expect(onSend).not.toHaveBeenCalled();
});

it('stops with Esc, from anywhere, or by its button', async () => {
  const { onStop } = show({ isRunning: true });
  await userEvent.keyboard('{Escape}');
  await userEvent.click(screen.getByRole('button', { name: 'Stop (Esc)' }));
  expect(onStop).toHaveBeenCalledTimes(2);
  expect(screen.queryByRole('button', { name: 'Send' })).toBeNull();
});

it('sends nothing while it may not', async () => {
  const { area, onSend } = show({ isDisabled: true });
  await userEvent.type(area, 'x{Enter}');
  expect(onSend).not.toHaveBeenCalled();
  expect(screen.getByRole('button', { name: 'Send' })).toBeDisabled();
});

it('takes files that are pasted and dropped', () => {
  const { area, onFiles } = show();
  const file = new File(['x'], 'a.png', { type: 'image/png' });
  fireEvent.paste(area, { clipboardData: { files: [file] } });
  fireEvent.drop(area, { dataTransfer: { files: [file] } });
  expect(onFiles.mock.calls).toEqual([[[file]], [[file]]]);
});

it('shows how far an upload is, what failed, and lets go of both', async () => {
  const { onRemove } = show({ enclosures: [FILE, { ...FILE, key: 'g', name: 'b.zip', hasFailed: true }] });
  expect(screen.getByRole('progressbar', { name: 'Uploading a.csv: 40 %' })).toBeInTheDocument();
  expect(screen.getByText('b.zip was not uploaded')).toBeInTheDocument();
  await userEvent.click(screen.getByRole('button', { name: 'Remove b.zip' }));
  expect(onRemove).toHaveBeenCalledWith('g');
});
