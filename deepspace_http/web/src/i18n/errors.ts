/** What went wrong and what helps, by the code of the refusal. What is not listed is told by its kind. */
import { defineTexts } from './define';

export const errors = defineTexts('errors', {
  en: {
    title: 'That did not work',
    network: 'The gateway does not answer. Check your connection and try again.',
    retryIn: 'Try again in {{seconds}} s.',
    traceId: 'Trace id',
    copyTrace: 'Copy the trace id',
    field: 'Field',
    kinds: {
      invalid: 'The gateway does not accept this input.',
      unauthenticated: 'You are not logged in, or the session is over. Log in again.',
      insufficient_quota: 'The wallet does not cover this. Top it up, or choose a cheaper model.',
      forbidden: 'Your role does not allow this. Ask an owner of the organization.',
      not_found: 'This is not there, or not within your reach.',
      conflict: 'Somebody was faster, or the name is taken. Look at the present state and try again.',
      too_large: 'This is larger than the gateway takes.',
      rate_limited: 'Too many requests. Wait a moment and try again.',
      internal: 'Something went wrong on our side. It is logged under the trace id below.',
      unavailable: 'The service is busy or away just now. Try again in a moment.',
    },
    codes: {
      wrong_credentials: 'E-mail address or password is wrong.',
      registration_closed: 'Registration is closed here. Ask an administrator for an account.',
      budget_exceeded: 'A spending cap is reached. It resets with its window, or an owner raises it.',
      cross_origin: 'This request did not come from our own page. Load the page again.',
    },
  },
  zh: {
    title: '操作未成功',
    network: '网关没有响应。请检查网络后重试。',
    retryIn: '请在 {{seconds}} 秒后重试。',
    traceId: '追踪 ID',
    copyTrace: '复制追踪 ID',
    field: '字段',
    kinds: {
      invalid: '网关不接受这个输入。',
      unauthenticated: '尚未登录，或会话已结束。请重新登录。',
      insufficient_quota: '钱包余额不足。请充值，或选择更便宜的模型。',
      forbidden: '您的角色没有此权限。请联系组织所有者。',
      not_found: '内容不存在，或不在您的权限范围内。',
      conflict: '内容已被他人修改，或名称已被占用。请查看最新状态后重试。',
      too_large: '内容超过网关允许的大小。',
      rate_limited: '请求过于频繁，请稍后重试。',
      internal: '我们这边出了问题，已按下方追踪 ID 记录。',
      unavailable: '服务繁忙或暂时不可用，请稍后重试。',
    },
    codes: {
      wrong_credentials: '邮箱或密码不正确。',
      registration_closed: '此平台未开放注册，请向管理员申请账号。',
      budget_exceeded: '已达到消费上限。上限会随周期重置，或由所有者调高。',
      cross_origin: '请求不是来自本站页面，请重新加载页面。',
    },
  },
});
