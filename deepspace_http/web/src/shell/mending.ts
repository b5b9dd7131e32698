/**
 * Mends what antd leaves out for people who listen or use no mouse, wherever it appears: icons are called by their file
 * names ("down"), tables that scroll sideways can't be reached by the keyboard, the list of tabs counts the button of
 * those that found no room as one of them, which has no name, and the arrows in a field of numbers are read out in
 * English, although the field says by itself what the arrow keys do.
 */
import { useEffect } from 'react';
import { common } from '@/i18n/common';
import { useTexts } from '@/i18n/i18n';

export function useMendedControls(): void {
  const moreTabs = useTexts(common)('moreTabs');
  useEffect(() => {
    const mend = () => mendAll(moreTabs);
    mend();
    const watch = new MutationObserver(mend);
    watch.observe(document.body, { childList: true, subtree: true });
    return () => watch.disconnect();
  }, [moreTabs]);
}

function mendAll(moreTabs: string): void {
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
    list.setAttribute('aria-orientation', bar.getAttribute('aria-orientation') ?? 'horizontal');
    bar.removeAttribute('aria-orientation');
  }
  for (const button of document.querySelectorAll('.ant-tabs-nav-more')) {
    if (button.getAttribute('aria-label') !== moreTabs) button.setAttribute('aria-label', moreTabs);
  }
  for (const arrow of document.querySelectorAll('.ant-input-number-action:not([aria-hidden])')) {
    arrow.setAttribute('aria-hidden', 'true');
  }
}
