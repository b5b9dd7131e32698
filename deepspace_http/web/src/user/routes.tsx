/** The addresses of the user web. A page is a module that exports `Component`, loaded when somebody goes there. */
import type { RouteObject } from 'react-router';
import { RouteError } from '@/shell/ErrorBoundary';
import { UserLayout } from './layout/UserLayout';
import { VisitorLayout } from './layout/VisitorLayout';

export const routes: RouteObject[] = [
  {
    element: <VisitorLayout />,
    errorElement: <RouteError />,
    children: [
      { path: 'login', lazy: () => import('./pages/auth/LoginPage') },
      { path: 'register', lazy: () => import('./pages/auth/RegisterPage') },
      { path: 'join', lazy: () => import('./pages/auth/JoinPage') },
    ],
  },
  {
    path: '/',
    element: <UserLayout />,
    errorElement: <RouteError />,
    children: [
      { index: true, lazy: () => import('./pages/HomePage') },
      { path: 'chat/:conversationId?', lazy: () => import('./pages/chat/ChatPage') },
      { path: 'projects', lazy: () => import('./pages/projects/ProjectsPage') },
      { path: 'projects/:projectId/:tab?', lazy: () => import('./pages/projects/ProjectPage') },
      { path: 'api-keys', lazy: () => import('./pages/api-keys/ApiKeysPage') },
      { path: 'billing/:tab?', lazy: () => import('./pages/billing/BillingPage') },
      { path: 'organization/:tab?', lazy: () => import('./pages/organization/OrganizationPage') },
      { path: 'profile', lazy: () => import('./pages/profile/ProfilePage') },
      { path: '*', lazy: () => import('@/shell/NotFound') },
    ],
  },
];
