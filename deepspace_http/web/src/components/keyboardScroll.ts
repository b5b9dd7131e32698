/** A table wider than the screen must be scrolled by the keyboard, too; antd leaves its box out of the tab order. */
export function keyboardScroll(holder: HTMLElement | null): void {
  for (const box of holder?.querySelectorAll<HTMLElement>('.ant-table-content') ?? []) box.tabIndex = 0;
}
