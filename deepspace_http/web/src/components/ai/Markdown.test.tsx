import { screen, waitFor } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import { render } from '@/testing/render';
import Markdown from './Markdown';

function show(text: string, isWriting = false): HTMLElement {
  return render(<Markdown text={text} isWriting={isWriting} />).container;
}

it.each([
  '<script>window.hacked = true</script>',
  '<img src=x onerror="window.hacked = true">',
  '<svg onload="window.hacked = true"></svg>',
  '<iframe src="https://evil.example"></iframe>',
  '<a href="javascript:window.hacked=true">x</a>',
  '<style>body{display:none}</style>',
  '<div onclick="window.hacked = true">x</div>',
])('shows HTML as text: %s', (html) => {
  const container = show(`before\n\n${html}\n\nafter`);
  expect(container.querySelector('script, iframe, svg, style, [onerror], [onload], [onclick], img')).toBeNull();
  expect(container.textContent).toContain(html.slice(0, 4));
  expect((window as unknown as { hacked?: boolean }).hacked).toBeUndefined();
});

it.each([
  '<img src=x onerror=a=b>',
  "<img src='x' onerror='a' <b>",
  '![x" onerror="window.hacked=1](https://e.org/a.png)',
  '![<b onclick=a>x](https://e.org/a.png "y" onerror="a")',
  '[x](https://e.org "y" onclick="a")',
  '| a |\n|---|\n| <b onclick=a=b> |',
  '<pre><b onclick=a=b></pre> <b onclick=a=b>',
  '- [ ] <b onclick=a=b>\n\n- [x] y',
])('hands no handler to the browser, not even to be taken out: %s', (text) => {
  const parsed = vi.spyOn(DOMParser.prototype, 'parseFromString');
  show(text);
  expect(parsed).toHaveBeenCalled();
  const page = document.implementation.createHTMLDocument();
  page.body.innerHTML = String(parsed.mock.calls[0]?.[0]);
  const names = [...page.querySelectorAll('*')].flatMap((one) => one.getAttributeNames());
  expect(names.filter((name) => name.startsWith('on'))).toEqual([]);
});

it('shows the boxes of a list of tasks', () => {
  const container = show('- [ ] first\n\n- [x] second');
  expect(container.querySelectorAll('input[type=checkbox]')).toHaveLength(2);
  expect(container.textContent).not.toContain('<input');
});

it.each(['javascript:alert(1)', 'JaVaScRiPt:alert(1)', 'data:text/html,x', 'vbscript:x', ' javascript:alert(1)'])(
  'makes no link of %s',
  (href) => {
    const container = show(`[click](<${href}>)`);
    expect(container.querySelector('a')).toBeNull();
    expect(container.textContent).toContain('click');
  },
);

it('opens links of the web in another tab, without telling where they come from', () => {
  show('[site](https://example.org/a?b=1)');
  const link = screen.getByRole('link', { name: 'site' });
  expect(link).toHaveAttribute('href', 'https://example.org/a?b=1');
  expect(link).toHaveAttribute('target', '_blank');
  expect(link.getAttribute('rel')).toContain('noopener');
});

it('names an image from elsewhere and does not load it', () => {
  const container = show('![a cat](https://tracker.example/cat.png?id=7)');
  expect(container.querySelector('img')).toBeNull();
  expect(container.textContent).toContain('Image from elsewhere, not loaded: a cat');
});

it('shows an image that is data', () => {
  show('![dot](data:image/png;base64,iVBORw0KGgo=)');
  expect(screen.getByRole('img', { name: 'dot' })).toBeInTheDocument();
});

it('shows code with its language and a button that copies it', () => {
  const container = show('```python\nprint("<b>")\n```');
  expect(container.querySelector('pre')?.textContent).toBe('print("<b>")');
  expect(screen.getByText('python')).toBeInTheDocument();
  expect(screen.getByRole('button', { name: 'Copy the code' })).toBeInTheDocument();
});

it('colours code once it is whole', async () => {
  const container = show('```python\ndef f(): return "x"\n```');
  await waitFor(() => expect(container.querySelector('.hljs-keyword')?.textContent).toBe('def'));
  expect(container.querySelector('pre')?.textContent).toBe('def f(): return "x"');
});

it('shows a table that can be reached by the keyboard', () => {
  show('| a | b |\n|---|---|\n| 1 | 2 |');
  expect(screen.getByRole('table')).toBeInTheDocument();
  expect(screen.getByRole('table').parentElement).toHaveAttribute('tabindex', '0');
});

it('sets formulas', async () => {
  const container = show('Euler: $e^{i\\pi} = -1$');
  await waitFor(() => expect(container.querySelector('.katex')).not.toBeNull());
});

it.each([
  '\\href{https://evil.example}{x}',
  '\\url{https://evil.example}',
  '\\includegraphics{https://evil.example/a.png}',
  '\\htmlStyle{background:url(https://evil.example/b.png)}{x}',
])('lets the formula %s be no more than signs', async (formula) => {
  const container = show(`So: $${formula}$`);
  await waitFor(() => expect(container.querySelector('.katex, .katex-error')).not.toBeNull());
  expect(container.querySelector('a, img, [style*="url"]')).toBeNull();
});

it('survives an answer that is cut anywhere', () => {
  const whole = '# T\n\n- a [l](https://e.org) `c`\n\n```js\nlet a = 1;\n```\n\n| x |\n|---|\n| 1 |\n\n$a$ **b**';
  for (let length = 1; length < whole.length; length += 5) {
    const { container, unmount } = render(<Markdown text={whole.slice(0, length)} isWriting />);
    expect(container).toBeInTheDocument();
    unmount();
  }
});
