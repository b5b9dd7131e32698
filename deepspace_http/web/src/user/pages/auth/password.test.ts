import { describe, expect, it } from 'vitest';
import { strengthOf } from './password';

describe('strengthOf', () => {
  it.each([
    ['', 'weak'],
    ['password', 'weak'],
    ['aaaaaaaaaaaaaaaaaaaa', 'weak'],
    ['12345678901234', 'weak'],
    ['abababababababab', 'weak'],
    ['tr0ub4dor&3', 'fair'],
    ['correct horse battery staple', 'strong'],
    ['春眠不觉晓处处闻啼鸟', 'strong'],
  ] as const)('calls %j %s', (password, strength) => {
    expect(strengthOf(password)).toBe(strength);
  });

  it('does not count what everybody knows of the person', () => {
    expect(strengthOf('ada.lovelace42x', ['ada.lovelace@example.org', 'Ada Lovelace'])).toBe('weak');
  });
});
