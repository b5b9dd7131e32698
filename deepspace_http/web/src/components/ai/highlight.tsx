/** Colours for code. A chunk of its own. The tree of tokens becomes elements: no HTML is made, and none is put in. */
import hljs from 'highlight.js/lib/common';
import type { ReactNode } from 'react';

interface Token {
  scope?: string;
  children?: (string | Token)[];
}

/** The code in colours; null for a language that is not known. */
export function highlight(code: string, language: string): ReactNode {
  if (!hljs.getLanguage(language)) return null;
  const { _emitter } = hljs.highlight(code, { language, ignoreIllegals: true });
  const { rootNode } = _emitter as unknown as { rootNode: Token };
  return (rootNode.children ?? []).map(shown);
}

function shown(token: string | Token, index: number): ReactNode {
  if (typeof token === 'string') return token;
  return (
    <span key={index} className={className(token.scope)}>
      {(token.children ?? []).map(shown)}
    </span>
  );
}

/** highlight.js writes `title.function` as two classes. */
function className(scope: string | undefined): string | undefined {
  return scope && `hljs-${scope.split('.')[0]}`;
}
