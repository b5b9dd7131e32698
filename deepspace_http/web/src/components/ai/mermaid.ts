/** Draws Mermaid diagrams. A chunk of its own, loaded with the first diagram. */
import mermaid from 'mermaid';
import { drawable } from './diagramSource';

let drawn = 0;

/** The diagram as a data: URL of an SVG. Rejects what can't be drawn. */
export async function draw(source: string, isDark: boolean): Promise<string> {
  mermaid.initialize({
    startOnLoad: false,
    securityLevel: 'strict',
    // Directives are taken out before; should one get through, this it may not change.
    secure: [
      'secure',
      'securityLevel',
      'startOnLoad',
      'maxTextSize',
      'maxEdges',
      'themeCSS',
      'themeVariables',
      'fontFamily',
      'altFontFamily',
      'htmlLabels',
      'flowchart',
      'dompurifyConfig',
    ],
    suppressErrorRendering: true,
    theme: isDark ? 'dark' : 'default',
    // A picture has no HTML in it; labels are text of the SVG's own.
    htmlLabels: false,
    flowchart: { htmlLabels: false },
  });
  drawn += 1;
  const { svg } = await mermaid.render(`diagram-${drawn}`, drawable(source));
  return `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
}
