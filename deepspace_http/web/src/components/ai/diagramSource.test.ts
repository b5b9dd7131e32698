import { expect, it } from 'vitest';
import { drawable } from './diagramSource';

const DRAWING = 'flowchart LR\n  A --> B';

it.each([
  DRAWING,
  `%%{init: {"theme": "forest"}}%%\n${DRAWING}`,
  `%%{init: {\n  "themeCSS": "* {}"\n}}%%\n${DRAWING}`,
  `---\ntitle: x\nconfig:\n  theme: forest\n---\n${DRAWING}`,
  `---\r\nconfig: {}\r\n---\r\n---\na: b\n---\n${DRAWING}`,
])('keeps the drawing alone: %s', (source) => {
  expect(drawable(source).replaceAll('\r\n', '\n')).toBe(DRAWING);
});

it.each(['C["a<br/>b"] --> D', 'C["first\\nsecond"]', 'C["x < y"] <--> D["one = two"]'])('draws %s', (more) => {
  expect(drawable(`${DRAWING}\n  ${more}`)).toContain(more);
});

it('makes no directive out of pieces', () => {
  expect(drawable(`%%%%{x}%%{init: {"theme": "forest"}}%%\n${DRAWING}`)).not.toContain('%%{');
});

it.each([
  `${DRAWING}\n  style A fill:url(https://evil.example/a.png)`,
  `${DRAWING}\n  style A fill:u\\72l(https://evil.example/a.png)`,
  `${DRAWING}\n  C@{ img: "https://evil.example/a.png" }`,
  `---\nconfig: {}\n${DRAWING}`,
  `${DRAWING}\n  C["<img src=x onerror='window.stolen=1'>"]`,
  `${DRAWING}\n  C["<img alt='>'\nONERROR = a>"]`,
])('refuses what would load or run something: %s', (source) => {
  expect(() => drawable(source)).toThrow();
});
