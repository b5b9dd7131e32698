/**
 * Mends what antd leaves out for people who listen or use no mouse, wherever it appears: icons are called by their file
 * names ("down"), so are the arrows below a table; tables that scroll sideways can't be reached by the keyboard; the
 * list of tabs counts the button of those that found no room as one of them, which has no name; and the arrows in a
 * field of numbers are read out in English, although the field says by itself what the arrow keys do.
 */
import { useEffect } from 'react';
import { common } from '@/i18n/common';
import { useTexts } from '@/i18n/i18n';

export function useMendedControls(): void {
  const t = useTexts(common);
  useEffect(() => {
    const names: Names = [
      ['.ant-tabs-nav-more', t('moreTabs')],
      ['.ant-pagination-prev > button', t('table.previous')],
      ['.ant-pagination-next > button', t('table.next')],
    ];
    const mend = () => mendAll(names);
    mend();
    const watch = new MutationObserver(mend);
    watch.observe(document.body, { childList: true, subtree: true });
    return () => watch.disconnect();
  }, [t]);
}

/** From controls that show an icon only to what they are called. */
type Names = [selector: string, name: string][];

function mendAll(names: Names): void {
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
  for (const [selector, name] of names) {
    for (const button of document.querySelectorAll(selector)) {
      if (button.getAttribute('aria-label') !== name) button.setAttribute('aria-label', name);
    }
  }
  for (const arrow of document.querySelectorAll('.ant-input-number-action:not([aria-hidden])')) {
    arrow.setAttribute('aria-hidden', 'true');
  }
}
