/** The canvas of a TimeChart. In a module of its own, so that uPlot comes only where a chart is. */
import { theme } from 'antd';
import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { common } from '@/i18n/common';
import { useLanguage, useTexts } from '@/i18n/i18n';
import { useTimeZone } from './DateTime';
import { localeOf } from './numbers';

export interface Series {
  label: string;
  /** The label is a name that somebody gave. */
  isGiven?: boolean;
  /** One a time; null where nothing is known. Drawn as they are, so money comes as nanos. */
  values: (number | null)[];
  kind: 'line' | 'bars';
}

export interface TimeChartProps {
  /** What the chart shows: "Cost by day". */
  label: string;
  /** ISO 8601, in order. */
  times: string[];
  series: Series[];
  /** How a value is written, on the axis and in the table. */
  format: (value: number) => string;
  height?: number;
  /** Values are counts: the axis has no marks between whole numbers. */
  isCounted?: boolean;
}

const AXIS_WIDTH = 76;
/** From 1 to a trillion; uPlot takes the first that leaves room for the marks. */
const WHOLE_STEPS = Array.from({ length: 12 }, (_, zeros) => [1, 2, 5].map((step) => step * 10 ** zeros)).flat();
const HOUR_SECONDS = 3_600;
/** Of "11月14日" and the room around it. */
const DAY_WIDTH = 72;

export default function TimeChartCanvas({
  label,
  times,
  series,
  format,
  height = 240,
  isCounted = false,
}: TimeChartProps) {
  const holder = useRef<HTMLDivElement>(null);
  const { token } = theme.useToken();
  const language = useLanguage();
  const zone = useTimeZone();
  const t = useTexts(common);

  useEffect(() => {
    const element = holder.current;
    if (!element) return;
    const colors = [token.colorPrimary, token.colorSuccess, token.colorWarning, token.colorError, token.purple];
    const axis = { stroke: token.colorTextSecondary, grid: { stroke: token.colorSplit, width: 1 } };
    const options: uPlot.Options = {
      width: element.clientWidth,
      height,
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1_000), zone),
      axes: [
        {
          ...axis,
          space: DAY_WIDTH,
          values: (_, marks) => marks.map((seconds) => writeDay(seconds, localeOf(language), zone)),
        },
        {
          ...axis,
          size: AXIS_WIDTH,
          values: (_, marks) => marks.map((value) => format(value)),
          ...(isCounted && { incrs: WHOLE_STEPS }),
        },
      ],
      hooks: { setCursor: [showLatest], ready: [showLatest] },
      scales: { x: { range: spanOf }, y: { range: (_, least, most) => [Math.min(0, least ?? 0), (most || 1) * 1.08] } },
      series: [
        {
          label: t('chart.time'),
          value: (_, seconds) => (seconds === null ? '–' : writeDay(seconds, localeOf(language), zone)),
        },
        ...series.map((one, at) => drawn(one, colors[at % colors.length] ?? token.colorPrimary, format)),
      ],
    };
    const data = [times.map((time) => Date.parse(time) / 1_000), ...series.map((one) => one.values)];
    const chart = new uPlot(options, data as uPlot.AlignedData, element);
    const watch = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height }));
    watch.observe(element);
    return () => {
      watch.disconnect();
      chart.destroy();
    };
  }, [times, series, format, height, isCounted, token, language, zone, t]);

  return <div ref={holder} role="img" aria-label={label} style={{ minHeight: height, width: '100%' }} />;
}

/** While nobody points at a time, the legend tells the latest. */
function showLatest(chart: uPlot): void {
  if (chart.cursor.idx == null && chart.status === 1) chart.setLegend({ idx: chart.data[0].length - 1 }, false);
}

/** A single time is no span: then there is an hour on either side. (uPlot itself would make it some years.) */
function spanOf(chart: uPlot, first: number, last: number): uPlot.Range.MinMax {
  return chart.data[0].length > 1 ? [first, last] : [first - HOUR_SECONDS, first + HOUR_SECONDS];
}

function drawn(one: TimeChartProps['series'][number], color: string, format: (value: number) => string): uPlot.Series {
  const paths = one.kind === 'bars' ? uPlot.paths.bars?.({ size: [0.7, 48] }) : uPlot.paths.linear?.();
  return {
    label: one.isGiven ? given(one.label) : one.label,
    stroke: color,
    fill: one.kind === 'bars' ? color : `${color}22`,
    width: one.kind === 'bars' ? 0 : 2,
    points: { show: one.values.length === 1, size: 7 },
    value: (_, value) => (value === null ? '–' : format(value)),
    ...(paths && { paths }),
  };
}

/** As `Given`, for the legend, which uPlot writes. */
function given(name: string): HTMLElement {
  const element = document.createElement('span');
  element.setAttribute('translate', 'no');
  element.textContent = name;
  return element;
}

function writeDay(seconds: number, locale: string, timeZone: string): string {
  return new Intl.DateTimeFormat(locale, { month: 'short', day: 'numeric', timeZone }).format(seconds * 1_000);
}
