/** The frame of both webs: navigation at the side, on a phone behind a button; the page beside it. */
import MenuFoldOutlined from '@ant-design/icons/MenuFoldOutlined';
import MenuOutlined from '@ant-design/icons/MenuOutlined';
import MenuUnfoldOutlined from '@ant-design/icons/MenuUnfoldOutlined';
import { Button, Drawer } from 'antd';
import { type ReactNode, Suspense, useEffect, useRef, useState } from 'react';
import { Link, NavLink, Outlet, useLocation } from 'react-router';
import { PageLoading } from '@/components/PageLoading';
import { common } from '@/i18n/common';
import { useTexts } from '@/i18n/i18n';
import { usePreferences } from '@/stores/preferences';
import { AccountMenu } from './AccountMenu';
import styles from './Frame.module.css';
import { OfflineNotice } from './OfflineNotice';
import { LanguageSwitch, ThemeSwitch } from './Preferences';

export interface Destination {
  to: string;
  label: string;
  icon: ReactNode;
}

interface Props {
  brand: string;
  destinations: readonly Destination[];
  /** Under the brand: the switch of organization, workspace and project. */
  place?: ReactNode;
  /** The way to the other web. */
  crossing?: ReactNode;
}

export function Frame({ brand, destinations, place, crossing }: Props) {
  const t = useTexts(common);
  const [isOpen, setOpen] = useState(false);
  const { isNavigationFolded, foldNavigation } = usePreferences();
  const main = useFocusedMain();
  const side = { brand, destinations, place, crossing };
  return (
    <div className={styles.frame}>
      <a className="skip-link" href="#main">
        {t('skipToContent')}
      </a>
      <div className={styles.notice}>
        <OfflineNotice />
      </div>
      <div className={`${styles.side} ${isNavigationFolded ? styles.folded : ''}`}>
        <Side {...side} isFolded={isNavigationFolded}>
          <Button
            type="text"
            icon={isNavigationFolded ? <MenuUnfoldOutlined aria-hidden /> : <MenuFoldOutlined aria-hidden />}
            aria-label={t(isNavigationFolded ? 'unfoldNavigation' : 'foldNavigation')}
            aria-expanded={!isNavigationFolded}
            onClick={() => foldNavigation(!isNavigationFolded)}
          />
        </Side>
      </div>
      <Drawer
        open={isOpen}
        placement="left"
        size={280}
        title={t('mainNavigation')}
        styles={{ body: { padding: 0 } }}
        onClose={() => setOpen(false)}
      >
        <div className={`${styles.side} ${styles.drawer}`}>
          <Side {...side} isFolded={false} onLeave={() => setOpen(false)} />
        </div>
      </Drawer>
      <div className={styles.body}>
        <header className={styles.bar}>
          <Button
            type="text"
            icon={<MenuOutlined aria-hidden />}
            aria-label={t('openNavigation')}
            onClick={() => setOpen(true)}
          />
          <strong>{brand}</strong>
          <AccountMenu isFolded />
        </header>
        <main id="main" ref={main} tabIndex={-1} className={styles.main}>
          <Suspense fallback={<PageLoading />}>
            <Outlet />
          </Suspense>
        </main>
      </div>
    </div>
  );
}

/** The width and the margins that most pages want; the chat has its own. */
export function Page({ children }: { children: ReactNode }) {
  return <div className={styles.page}>{children}</div>;
}

interface SideProps extends Props {
  isFolded: boolean;
  onLeave?: () => void;
  children?: ReactNode;
}

function Side({ brand, destinations, place, crossing, isFolded, onLeave, children }: SideProps) {
  const t = useTexts(common);
  return (
    <>
      <Link to="/" className={styles.brand} aria-label={brand}>
        <img src="/favicon.svg" alt="" />
        {!isFolded && brand}
      </Link>
      {!isFolded && place}
      <nav aria-label={t('mainNavigation')}>
        <ul className={styles.list}>
          {destinations.map(({ to, label, icon }) => (
            <li key={to}>
              <NavLink
                to={to}
                className={styles.link ?? ''}
                title={isFolded ? label : undefined}
                aria-label={isFolded ? label : undefined}
                onClick={onLeave}
              >
                {/* antd's icons call themselves by their file's name, which is no word for a listener. */}
                <span aria-hidden>{icon}</span>
                {!isFolded && label}
              </NavLink>
            </li>
          ))}
        </ul>
      </nav>
      <div className={styles.foot}>
        {!isFolded && crossing}
        <AccountMenu isFolded={isFolded} />
        <LanguageSwitch />
        <ThemeSwitch />
        {children}
      </div>
    </>
  );
}

/** After a change of page, a screen reader's next word is the page's, not the link's that led there. */
function useFocusedMain() {
  const main = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  const last = useRef(pathname);
  useEffect(() => {
    if (last.current === pathname) return;
    last.current = pathname;
    main.current?.focus({ preventScroll: true });
  }, [pathname]);
  return main;
}
