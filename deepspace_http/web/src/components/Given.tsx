/** What somebody wrote or named themselves: nobody's to translate, not even a browser's. */
import type { ReactNode } from 'react';

export function Given({ children }: { children: ReactNode }) {
  return <span translate="no">{children}</span>;
}
