/** Formulas in Markdown, by KaTeX. A chunk of its own: it is loaded with the first formula. */
import Latex from '@ant-design/x-markdown/plugins/Latex';
import 'katex/dist/katex.min.css';

/** KaTeX makes no link and loads nothing, whatever a formula says. */
export const math = { extensions: Latex({ katexOptions: { trust: false, throwOnError: false, maxExpand: 1_000 } }) };
