/** What jsdom lacks of a browser, and what every test starts from. */
import '@testing-library/jest-dom/vitest';
import { cleanup, configure } from '@testing-library/react';
import { afterEach, beforeEach } from 'vitest';
import { chooseLanguage } from '@/i18n/i18n';

// Reduced motion: what opens is there at once. Visibility is computed by stylesheets here, which takes jsdom seconds.
configure({ defaultHidden: true, asyncUtilTimeout: 10_000 });
window.matchMedia ??= (media: string) =>
  ({
    media,
    matches: media.includes('reduced-motion'),
    addEventListener: () => {},
    removeEventListener: () => {},
  }) as unknown as MediaQueryList;
globalThis.ResizeObserver ??= class {
  observe() {}
  unobserve() {}
  disconnect() {}
} as unknown as typeof ResizeObserver;

beforeEach(() => {
  chooseLanguage('en');
});
afterEach(() => {
  cleanup();
  localStorage.clear();
});
