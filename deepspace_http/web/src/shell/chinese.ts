/** The Chinese of antd's controls and of its calendars, in a chunk of its own. */
import 'dayjs/locale/zh-cn';

export { default as zhCN } from 'antd/es/locale/zh_CN';
