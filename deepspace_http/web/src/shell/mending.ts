/**
 * Mends what antd leaves out for people who listen or use no mouse, wherever it appears: icons are called by their file
 * names ("down"), tables that scroll sideways can't be reached by the keyboard, and the list of tabs counts the button
 * of those that found no room as one of them.
 */
import { useEffect } from 'react';

export function useMendedControls(): void {
  useEffect(() => {
    mend();
    const watch = new MutationObserver(mend);
    watch.observe(document.body, { childList: true, subtree: true });
    return () => watch.disconnect();
  }, []);
}

function mend(): void {
  for (const icon of document.querySelectorAll('.anticon[role=img]:not([aria-hidden])')) {
    icon.setAttribute('aria-hidden', 'true');
  }
  for (const table of document.querySelectorAll(
    '.ant-table-content:not([tabindex]), .ant-table-body:not([tabindex])',
  )) {
    table.setAttribute('tabindex', '0');
  }
  for (const bar of document.querySelectorAll('.ant-tabs-nav[role=tablist]')) {
    const list = bar.querySelector('.ant-tabs-nav-list');
    if (!list) continue;
    bar.removeAttribute('role');
    list.setAttribute('role', 'tablist');
  }
}
