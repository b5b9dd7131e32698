/** The addresses of the admin web, all below `/admin`. */
import type { RouteObject } from 'react-router';
import { RouteError } from '@/shell/ErrorBoundary';
import { AdminLayout } from './layout/AdminLayout';
import { auditRoutes } from './pages/audit/routes';
import { billingRoutes } from './pages/billing/routes';
import { modelRoutes } from './pages/models/routes';
import { policyRoutes } from './pages/policy/routes';
import { systemRoutes } from './pages/system/routes';
import { userRoutes } from './pages/users/routes';

export const routes: RouteObject[] = [
  { path: 'login', lazy: () => import('./pages/AdminLoginPage') },
  {
    path: '/',
    element: <AdminLayout />,
    errorElement: <RouteError />,
    children: [
      { index: true, lazy: () => import('./pages/dashboard/DashboardPage') },
      ...userRoutes,
      ...modelRoutes,
      ...billingRoutes,
      ...auditRoutes,
      ...policyRoutes,
      ...systemRoutes,
      { path: '*', lazy: () => import('@/shell/NotFound') },
    ],
  },
];
