/** Log-in and registration. */
import { defineTexts } from './define';

export const auth = defineTexts('auth', {
  en: {
    logIn: 'Log in',
    register: 'Create an account',
    email: 'E-mail address',
    password: 'Password',
    displayName: 'Name',
    noAccount: 'No account yet?',
    hasAccount: 'Already registered?',
  },
  zh: {
    logIn: '登录',
    register: '注册账号',
    email: '邮箱',
    password: '密码',
    displayName: '姓名',
    noAccount: '还没有账号？',
    hasAccount: '已有账号？',
  },
});
