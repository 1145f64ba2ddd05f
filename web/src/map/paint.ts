/** Colours and widths of the streets from the planes of a frame: tables first, then one pass over all stretches. */

import { UNKNOWN_8, type Column } from "../live/frame";
import { paceColour, type Palette, type Rgb } from "./palette";
import type { Stretches } from "./shapes";
import { Style } from "./styles";
import { packed } from "./vehicles";

export interface RoadPlanes {
  pace: Column;
  quality: Column;
  stale: boolean;
  difference: Float32Array | null; // -1 to 1, instead of the pace
  closed: ReadonlySet<number> | null;
}
export interface Lit {
  way: ReadonlySet<number>; // links that stand out
  hot: ReadonlySet<number>; // those of them that somebody looks at
}
export interface Painted {
  colours: Uint8Array; // [4 n]
  widths: Float32Array; // [n]
  styles: Float32Array; // [n]
}

const STALE = 3;
const FORECAST = 2;
const MEASURED = 0;
const UNKNOWN = 4;
const QUALITIES = 8;
const PACES = 256;

export const mixed = (a: Rgb, b: Rgb, t: number): [number, number, number] => [
  a[0] + (b[0] - a[0]) * t,
  a[1] + (b[1] - a[1]) * t,
  a[2] + (b[2] - a[2]) * t,
];
export const ramp = (value: number, from: number, to: number): number => Math.min(Math.max((value - from) / (to - from), 0), 1);

/** What a stretch looks like by its pace and quality. */
function lookOf({ unknown, ground, scale }: Palette, value: number, is: number): { colour: Rgb; wide: number } {
  const share = value / 200;
  let colour: Rgb = value === UNKNOWN_8 ? unknown : paceColour(scale, share);
  if (is === STALE) colour = mixed(colour, unknown, 0.55);
  else if (is !== MEASURED && value !== UNKNOWN_8) colour = mixed(colour, ground, 0.14);
  return { colour, wide: value === UNKNOWN_8 ? 0.6 : 1 + 0.5 * ramp(0.55 - share, 0, 0.4) };
}

/** Every look there is: colours [QUALITIES x PACES] as packed numbers, and how much wider than the street. */
function tableOf(palette: Palette): { colours: Uint32Array; wides: Float32Array } {
  const [colours, wides] = [new Uint32Array(QUALITIES * PACES), new Float32Array(QUALITIES * PACES)];
  for (let is = 0; is < QUALITIES; is++)
    for (let value = 0; value < PACES; value++) {
      const { colour, wide } = lookOf(palette, value, is);
      colours[is * PACES + value] = packed(colour);
      wides[is * PACES + value] = wide;
    }
  return { colours, wides };
}
const tables = new WeakMap<Palette, ReturnType<typeof tableOf>>();

/** Every stretch as its link is. */
export function painted(of: Stretches, planes: RoadPlanes, palette: Palette, lit: Lit): Painted {
  const { owner } = of;
  const n = owner.length;
  let table = tables.get(palette);
  if (!table) tables.set(palette, (table = tableOf(palette)));
  const out = new Uint32Array(n);
  const [widths, styles] = [new Float32Array(n), new Float32Array(n)];
  const { pace, quality, stale, difference, closed } = planes;
  for (let k = 0; k < n; k++) {
    const link = owner[k]!;
    const is = stale ? STALE : (quality[link] ?? UNKNOWN);
    const row = is * PACES + (pace[link] ?? UNKNOWN_8);
    out[k] = table.colours[row]!;
    widths[k] = of.widths[k]! * table.wides[row]!;
    styles[k] = of.styles[k]! + (!difference && (is === STALE || is === FORECAST) ? Style.Dashed : 0);
  }
  const found = { colours: new Uint8Array(out.buffer), widths, styles };
  if (difference || closed?.size || lit.way.size) outstanding(of, planes, palette, lit, found);
  return found;
}

/** Differences, closed streets and a way that stands out: seldom, and then over the rest. */
function outstanding(of: Stretches, planes: RoadPlanes, palette: Palette, { way, hot }: Lit, into: Painted): void {
  const { unknown, ground, better, worse, select } = palette;
  const { pace, quality, stale, difference, closed } = planes;
  for (let k = 0; k < of.owner.length; k++) {
    const link = of.owner[k]!;
    let { colour, wide } = lookOf(palette, pace[link] ?? UNKNOWN_8, stale ? STALE : (quality[link] ?? UNKNOWN));
    if (difference) {
      const by = difference[link] ?? 0;
      colour = mixed(unknown, by > 0 ? worse : better, Math.sqrt(Math.abs(by)));
      wide = 0.6 + 1.1 * Math.abs(by);
    }
    if (hot.has(link)) wide = 3.2;
    else if (way.has(link)) wide = 2;
    else if (way.size) [colour, wide] = [mixed(colour, ground, 0.68), 0.7];
    if (closed?.has(link)) {
      [colour, wide] = [select, 1];
      into.styles[k] = of.styles[k]! + Style.Dashed;
    }
    into.colours.set([colour[0], colour[1], colour[2]], 4 * k);
    into.widths[k] = of.widths[k]! * wide;
  }
}

/** One colour for all of them [4 n]. */
export function even(n: number, colour: Rgb): Uint8Array {
  return new Uint8Array(new Uint32Array(n).fill(packed(colour)).buffer);
}

/** The colour of each one's owner [4 n]. */
export function byOwner(owner: Int32Array, colour: (owner: number) => Rgb): Uint8Array {
  const out = new Uint32Array(owner.length);
  const known = new Map<Rgb, number>();
  for (let k = 0; k < owner.length; k++) {
    const rgb = colour(owner[k]!);
    let value = known.get(rgb);
    if (value === undefined) known.set(rgb, (value = packed(rgb)));
    out[k] = value;
  }
  return new Uint8Array(out.buffer);
}
