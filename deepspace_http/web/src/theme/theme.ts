/** The look of both webs, as antd's tokens: light and dark from one seed. Contrast is at least 4.5 : 1 in both. */
import { theme as antd, type ThemeConfig } from 'antd';
import { useSyncExternalStore } from 'react';
import { usePreferences } from '@/stores/preferences';

const FONT = 'system-ui, -apple-system, "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif';
const SHARED = { borderRadius: 8, fontFamily: FONT, fontSize: 14, wireframe: false } as const;

export const LIGHT: ThemeConfig = {
  algorithm: antd.defaultAlgorithm,
  token: {
    ...SHARED,
    colorPrimary: '#1f4fd1',
    colorLink: '#1f4fd1',
    colorBgLayout: '#f6f7f9',
    colorTextSecondary: 'rgba(0, 0, 0, 0.68)',
    colorTextTertiary: 'rgba(0, 0, 0, 0.62)',
    colorTextDescription: 'rgba(0, 0, 0, 0.65)',
    colorTextPlaceholder: 'rgba(0, 0, 0, 0.58)',
    colorError: '#c7252b',
    colorInfo: '#1f4fd1',
    colorSuccess: '#1d7a34',
    colorWarning: '#96570a',
    // The algorithm mixes the grounds of tags and notices out of colours this dark as a muddy grey.
    colorSuccessBg: '#e5f5e9',
    colorSuccessBorder: '#a9d8b5',
    colorWarningBg: '#fdf1dc',
    colorWarningBorder: '#ecc98f',
    colorErrorBg: '#fdeceb',
    colorErrorBorder: '#f2b4b2',
  },
};

export const DARK: ThemeConfig = {
  algorithm: antd.darkAlgorithm,
  // The primary colour is one that white can be read on; as a text on the dark ground it needs to be lighter.
  // The red of danger must be read as text on it, too: so what stands on that red is dark.
  components: { Button: { dangerColor: '#1b1212' }, Tabs: { itemSelectedColor: '#8fb3ff', inkBarColor: '#8fb3ff' } },
  token: {
    ...SHARED,
    colorPrimary: '#4a79ee',
    colorPrimaryBg: '#1c2640',
    colorLink: '#8fb3ff',
    colorInfo: '#7ea6ff',
    colorBgLayout: '#101216',
    colorBgContainer: '#181b21',
    colorBgElevated: '#20242c',
    colorTextSecondary: 'rgba(255, 255, 255, 0.72)',
    colorTextTertiary: 'rgba(255, 255, 255, 0.65)',
    colorTextDescription: 'rgba(255, 255, 255, 0.68)',
    colorTextPlaceholder: 'rgba(255, 255, 255, 0.58)',
    colorError: '#ff7875',
  },
};

const dark = window.matchMedia('(prefers-color-scheme: dark)');

function onSystemChange(tell: () => void): () => void {
  dark.addEventListener('change', tell);
  return () => dark.removeEventListener('change', tell);
}

/** Whether the page is dark now: what the person chose, or what the system says. */
export function useIsDark(): boolean {
  const choice = usePreferences((state) => state.theme);
  const isSystemDark = useSyncExternalStore(onSystemChange, () => dark.matches);
  return choice === 'system' ? isSystemDark : choice === 'dark';
}
