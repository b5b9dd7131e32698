import { screen, waitFor } from '@testing-library/react';
import { Table } from 'antd';
import { expect, it } from 'vitest';
import { chooseLanguage } from '@/i18n/i18n';
import { render } from '@/testing/render';

const ROWS = Array.from({ length: 12 }, (_, at) => ({ key: at }));

it('names the arrows below a table of more pages than one, in the language of the page', async () => {
  render(<Table dataSource={ROWS} columns={[{ title: 'n', dataIndex: 'key' }]} pagination={{ pageSize: 5 }} />);
  await waitFor(() => expect(screen.getByRole('button', { name: 'Next page' })).toBeEnabled());
  expect(screen.getByRole('button', { name: 'Previous page' })).toBeDisabled();
  await chooseLanguage('zh');
  await waitFor(() => expect(screen.getByRole('button', { name: '下一页' })).toBeEnabled());
  expect(screen.getByRole('button', { name: '上一页' })).toBeDisabled();
  await chooseLanguage('en');
});
