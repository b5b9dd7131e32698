/** The addresses of the admin web, all below `/admin`. */
import type { RouteObject } from 'react-router';
import { RouteError } from '@/shell/ErrorBoundary';
import { AdminLayout } from './layout/AdminLayout';

export const routes: RouteObject[] = [
  { path: 'login', lazy: () => import('./pages/AdminLoginPage') },
  {
    path: '/',
    element: <AdminLayout />,
    errorElement: <RouteError />,
    children: [
      { index: true, lazy: () => import('./pages/dashboard/DashboardPage') },
      { path: 'users', lazy: () => import('./pages/users/UsersPage') },
      { path: 'models', lazy: () => import('./pages/models/ModelsPage') },
      { path: 'billing', lazy: () => import('./pages/billing/BillingPage') },
      { path: 'audit', lazy: () => import('./pages/audit/AuditPage') },
      { path: 'policy', lazy: () => import('./pages/policy/PolicyPage') },
      { path: 'system', lazy: () => import('./pages/system/SystemPage') },
      { path: '*', lazy: () => import('@/shell/NotFound') },
    ],
  },
];
