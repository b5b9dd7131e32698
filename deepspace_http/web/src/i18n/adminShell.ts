/** The navigation of the admin web. */
import { defineTexts } from './define';

export const adminShell = defineTexts('adminShell', {
  en: {
    dashboard: 'Dashboard',
    users: 'Users',
    models: 'Models',
    billing: 'Billing',
    audit: 'Audit',
    policy: 'Risk & policy',
    system: 'System',
    soon: 'This page is being built.',
  },
  zh: {
    dashboard: '仪表盘',
    users: '用户',
    models: '模型',
    billing: '计费',
    audit: '审计',
    policy: '风控与策略',
    system: '系统',
    soon: '本页正在建设中。',
  },
});
