/** Rate cards as people type and read them: amounts per million tokens to picos a token and back, and what differs. */
import type { PriceBody, TierBody } from '@/api/schema';

export const LEAVES = [
  'input_uncached',
  'output_text',
  'input_cached_read',
  'input_cache_write',
  'input_audio',
  'input_image',
  'output_reasoning',
  'output_audio',
  'output_image',
] as const;
export type Leaf = (typeof LEAVES)[number];

export const UNITS = ['images', 'audio_seconds', 'characters'] as const;
export type Unit = (typeof UNITS)[number];

const DECIMALS = 6;
/** A unit a million tokens is 10⁶ picos a token; a unit a request, or a piece, is 10¹² picos. */
const PICOS_PER_UNIT = 12;

/** `0.25` a million tokens → 250000 picos a token. Null for what is no amount, or finer than a pico. */
export function picosOfRate(text: string): number | null {
  return scaled(text, DECIMALS);
}

export function picosOfAmount(text: string): number | null {
  return scaled(text, PICOS_PER_UNIT);
}

function scaled(text: string, digits: number): number | null {
  const trimmed = text.trim();
  if (!new RegExp(`^\\d{1,6}(?:[.,]\\d{1,${digits}})?$`).test(trimmed)) return null;
  const [whole = '', fraction = ''] = trimmed.split(/[.,]/);
  const picos = Number(BigInt(whole + fraction.padEnd(digits, '0')));
  return Number.isSafeInteger(picos) ? picos : null;
}

export function rateOfPicos(picos: number): string {
  return plain(BigInt(picos), DECIMALS);
}

export function amountOfPicos(picos: number): string {
  return plain(BigInt(picos), PICOS_PER_UNIT);
}

function plain(value: bigint, digits: number): string {
  const text = value.toString().padStart(digits + 1, '0');
  const fraction = text.slice(-digits).replace(/0+$/, '');
  return text.slice(0, -digits) + (fraction && `.${fraction}`);
}

/** A price as it is typed: tiers of amounts per million. */
export interface TypedCard {
  currency: string;
  tiers: { above: number; rates: Partial<Record<Leaf, string>> }[];
  perRequest: string;
  units: Partial<Record<Unit, string>>;
}

/** What prices and cost rates have in common. */
export type StoredCard = Pick<PriceBody, 'currency' | 'per_request_picos' | 'unit_picos' | 'tiers'>;

export function typedOf(card: StoredCard | undefined): TypedCard {
  if (!card) return { currency: 'USD', tiers: [{ above: 0, rates: {} }], perRequest: '', units: {} };
  return {
    currency: card.currency,
    perRequest: card.per_request_picos ? amountOfPicos(card.per_request_picos) : '',
    units: Object.fromEntries(Object.entries(card.unit_picos).map(([unit, picos]) => [unit, amountOfPicos(picos)])),
    tiers: card.tiers.map((tier) => ({
      above: tier.from_input_tokens_above,
      rates: Object.fromEntries(Object.entries(tier.rates_picos).map(([leaf, picos]) => [leaf, rateOfPicos(picos)])),
    })),
  };
}

export interface ReadCard {
  currency: string;
  tiers: TierBody[];
  per_request_picos: number;
  unit_picos: Partial<Record<Unit, number>>;
}

/** What the gateway is told; null while something typed is no amount, or input or output has no price. */
export function readCard(typed: TypedCard): ReadCard | null {
  const perRequest = typed.perRequest.trim() ? picosOfAmount(typed.perRequest) : 0;
  const units = readUnits(typed.units);
  const tiers = typed.tiers.map(readTier);
  if (perRequest === null || units === null || tiers.some((tier) => tier === null)) return null;
  return { currency: typed.currency, tiers: tiers as TierBody[], per_request_picos: perRequest, unit_picos: units };
}

function readUnits(typed: TypedCard['units']): ReadCard['unit_picos'] | null {
  const read = UNITS.flatMap((unit) => {
    const text = typed[unit]?.trim();
    return text ? [[unit, picosOfAmount(text)] as const] : [];
  });
  if (read.some(([, picos]) => picos === null)) return null;
  return Object.fromEntries(read.filter(([, picos]) => picos !== 0));
}

function readTier({ above, rates }: TypedCard['tiers'][number]): TierBody | null {
  const picos: Partial<Record<Leaf, number>> = {};
  for (const leaf of LEAVES) {
    const text = rates[leaf]?.trim();
    if (!text) continue;
    const rate = picosOfRate(text);
    if (rate === null) return null;
    picos[leaf] = rate;
  }
  if (picos.input_uncached === undefined || picos.output_text === undefined) return null;
  return { from_input_tokens_above: above, rates_picos: picos };
}

export interface Difference {
  key: string;
  /** Of a leaf: from how many input tokens on. */
  above: number | null;
  /** A leaf, or what is sold by the piece; both null: a price a request. */
  leaf: Leaf | null;
  unit: Unit | null;
  before: string | null;
  after: string | null;
  /** Of a thousand; null where there is nothing to compare with. */
  permille: number | null;
}

/** What another card changes, entry by entry; what stays is left out. */
export function differences(now: PriceBody | undefined, then: ReadCard): Difference[] {
  const before = now ? entriesOf(now) : new Map<string, Entry>();
  const after = entriesOf(then);
  const keys = [...new Set([...before.keys(), ...after.keys()])];
  return keys.flatMap((key) => {
    const was = before.get(key);
    const is = after.get(key);
    if (was?.picos === is?.picos) return [];
    const { above, leaf, unit } = (is ?? was) as Entry;
    const write = leaf === null ? amountOfPicos : rateOfPicos;
    return [
      {
        key,
        above,
        leaf,
        unit,
        before: was ? write(was.picos) : null,
        after: is ? write(is.picos) : null,
        permille: was && is && was.picos > 0 ? Math.round(((is.picos - was.picos) / was.picos) * 1000) : null,
      },
    ];
  });
}

type Entry = Pick<Difference, 'above' | 'leaf' | 'unit'> & { picos: number };

interface Priced {
  tiers: readonly { from_input_tokens_above?: number; rates_picos: Partial<Record<Leaf, number>> }[];
  per_request_picos: number;
  unit_picos: Partial<Record<Unit, number>>;
}

function entriesOf({ tiers, per_request_picos: perRequest, unit_picos: units }: Priced): Map<string, Entry> {
  const entries = new Map<string, Entry>();
  for (const { from_input_tokens_above: above = 0, rates_picos: rates } of tiers) {
    for (const leaf of LEAVES) {
      const picos = rates[leaf];
      if (picos !== undefined) entries.set(`${above} ${leaf}`, { above, leaf, unit: null, picos });
    }
  }
  if (perRequest) entries.set('request', { above: null, leaf: null, unit: null, picos: perRequest });
  for (const unit of UNITS) {
    const picos = units[unit];
    if (picos) entries.set(unit, { above: null, leaf: null, unit, picos });
  }
  return entries;
}

/** The version in effect at a time, of versions in any order: the latest that has begun, and of those the newest. */
export function inEffect(cards: readonly PriceBody[], now: Date): PriceBody | undefined {
  return cards
    .filter((card) => new Date(card.effective_at) <= now)
    .sort((one, other) => byTime(other, one) || other.version - one.version)[0];
}

function byTime(one: PriceBody, other: PriceBody): number {
  return new Date(one.effective_at).getTime() - new Date(other.effective_at).getTime();
}
