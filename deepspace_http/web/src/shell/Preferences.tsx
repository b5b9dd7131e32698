/** The switches of language and theme. */
import BgColorsOutlined from '@ant-design/icons/BgColorsOutlined';
import TranslationOutlined from '@ant-design/icons/TranslationOutlined';
import { Button, Dropdown } from 'antd';
import type { ReactNode } from 'react';
import { common } from '@/i18n/common';
import { chooseLanguage, LANGUAGES, type Language, useLanguage, useTexts } from '@/i18n/i18n';
import { type ThemeChoice, usePreferences } from '@/stores/preferences';

export function LanguageSwitch() {
  const t = useTexts(common);
  const items = Object.entries(LANGUAGES).map(([key, label]) => ({ key, label: <span lang={key}>{label}</span> }));
  return (
    <Choice
      label={t('language')}
      icon={<TranslationOutlined aria-hidden />}
      items={items}
      chosen={useLanguage()}
      onChoose={(key) => chooseLanguage(key as Language)}
    />
  );
}

export function ThemeSwitch() {
  const t = useTexts(common);
  const { theme, chooseTheme } = usePreferences();
  const items = (['system', 'light', 'dark'] as const).map((key) => ({ key, label: t(`themes.${key}`) }));
  return (
    <Choice
      label={t('theme')}
      icon={<BgColorsOutlined aria-hidden />}
      items={items}
      chosen={theme}
      onChoose={(key) => chooseTheme(key as ThemeChoice)}
    />
  );
}

interface ChoiceProps {
  label: string;
  icon: ReactNode;
  items: { key: string; label: ReactNode }[];
  chosen: string;
  onChoose: (key: string) => void;
}

function Choice({ label, icon, items, chosen, onChoose }: ChoiceProps) {
  return (
    <Dropdown
      trigger={['click']}
      menu={{ items, selectable: true, selectedKeys: [chosen], onClick: ({ key }) => onChoose(key) }}
    >
      <Button type="text" icon={icon} aria-label={label} aria-haspopup="menu" />
    </Dropdown>
  );
}
