/** Greens as stretches of time, and what of one falls onto the next: the bands of a time-space diagram. */

import type { Plan } from "../live/plan";

export type Span = readonly [number, number];
const GREEN_FROM = 5;
const DARK_FROM = 250; // not known
const JOIN_S = 2.5; // a second that is missing does not cut a green

/** Whether a colour, as the live picture tells it, is a green. */
export const isGreen = (colour: number | undefined): boolean => colour !== undefined && colour >= GREEN_FROM && colour < DARK_FROM;

/** What lies in both; each is sorted and without overlaps. */
export function meet(a: readonly Span[], b: readonly Span[]): Span[] {
  const found: Span[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const [from, to] = [Math.max(a[i]![0], b[j]![0]), Math.min(a[i]![1], b[j]![1])];
    if (from < to) found.push([from, to]);
    if (a[i]![1] < b[j]![1]) i++;
    else j++;
  }
  return found;
}

export const moved = (spans: readonly Span[], byS: number): Span[] => spans.map(([from, to]) => [from + byS, to + byS]);

/** One more second of green that has been seen; the last stretch grows, or a new one begins. */
export function grown(spans: readonly Span[], nowS: number): Span[] {
  const last = spans.at(-1);
  if (!last || nowS - last[1] > JOIN_S) return [...spans, [nowS - 1, nowS]];
  return nowS <= last[1] ? [...spans] : [...spans.slice(0, -1), [last[0], nowS]];
}

/** Greens that a fixed plan gives to any of these groups (their places within the signal), from one time to another. */
export function planned(plan: Plan, groups: readonly number[], fromS: number, toS: number): Span[] {
  if (!(plan.cycleS > 0)) return [];
  const found: [number, number][] = [];
  const first = Math.floor((fromS - plan.offsetS) / plan.cycleS);
  for (let cycle = first; plan.offsetS + cycle * plan.cycleS < toS; cycle++) {
    for (const { beginS, durationS, colours } of plan.phases) {
      if (!groups.some((group) => isGreen(colours[group]))) continue;
      const at = plan.offsetS + cycle * plan.cycleS + beginS;
      const [from, to] = [Math.max(at, fromS), Math.min(at + durationS, toS)];
      if (from >= to) continue;
      const last = found.at(-1);
      if (last && from - last[1] < 0.01) last[1] = to;
      else found.push([from, to]);
    }
  }
  return found;
}

export interface Bands {
  legs: Span[][]; // when one may leave a line to meet green at the next one
  through: Span[]; // when one may leave the first line to meet green at all
}

/** `greens` of each line; `freeS[k]` seconds from line k to the next at the pace of an empty road. */
export function bandsOf(greens: readonly (readonly Span[])[], freeS: readonly number[]): Bands {
  const legs = freeS.map((s, k) => meet(greens[k]!, moved(greens[k + 1]!, -s)));
  let [through, later]: [Span[], number] = [[...(greens[0] ?? [])], 0];
  freeS.forEach((s, k) => {
    later += s;
    through = meet(through, moved(greens[k + 1]!, -later));
  });
  return { legs, through };
}
