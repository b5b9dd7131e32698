/** The navigation of the user web. */
import { defineTexts } from './define';

export const userShell = defineTexts('userShell', {
  en: {
    chat: 'Chat',
    projects: 'Projects',
    apiKeys: 'API keys',
    billing: 'Billing',
    organization: 'Organization',
    profile: 'Profile',
    soon: 'This page is being built.',
  },
  zh: {
    chat: '对话',
    projects: '项目',
    apiKeys: 'API 密钥',
    billing: '账单',
    organization: '组织',
    profile: '个人资料',
    soon: '本页正在建设中。',
  },
});
