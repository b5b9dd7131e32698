/** How exactly an estimate is told: to the cent, or to two digits where it is less than that. */
const CENT = 10_000_000;

export function roundedEstimate(nanos: number): number {
  const size = Math.abs(nanos);
  const step = size >= CENT ? CENT : 10 ** Math.max(0, Math.floor(Math.log10(Math.max(size, 1))) - 1);
  return Math.round(nanos / step) * step;
}
