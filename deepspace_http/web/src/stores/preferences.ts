/** What the person prefers on this device: theme, and whether the navigation is folded. The language is i18next's. */
import { create } from 'zustand';
import { persist } from 'zustand/middleware';

export type ThemeChoice = 'system' | 'light' | 'dark';

interface Preferences {
  theme: ThemeChoice;
  isNavigationFolded: boolean;
  chooseTheme: (theme: ThemeChoice) => void;
  foldNavigation: (isNavigationFolded: boolean) => void;
}

export const usePreferences = create<Preferences>()(
  persist(
    (set) => ({
      theme: 'system',
      isNavigationFolded: false,
      chooseTheme: (theme) => set({ theme }),
      foldNavigation: (isNavigationFolded) => set({ isNavigationFolded }),
    }),
    { name: 'deepspace.preferences' },
  ),
);
