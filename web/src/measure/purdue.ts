/** The coordination diagram as numbers: what stands where, and which cycle somebody points at. */

import type { Course } from "../corridor/api";
import type { Cycles, PhasePerformance } from "./api";

export const LEAST_SPAN_S = 600;
export const MOST_SPAN_S = 3600;
const TURNS = { through: 0, left: 1, right: 2, uturn: 3 } as const;

/** Turns as the geometry counts them, in the order in which they are painted. */
export function turnsOf({ turns }: PhasePerformance): number[] {
  const order = ["left", "through", "right", "uturn"] as const;
  return order.filter((turn) => turns.includes(turn)).map((turn) => TURNS[turn]);
}

/** Vehicles that met red, of the newest cycles: what makes a movement worse than another. */
function lost({ quarter }: PhasePerformance): number {
  return quarter.arrivals === null ? -1 : quarter.arrivals * (quarter.on_red ?? 0);
}

/** The worst first; of those that nobody counts, as they come. */
export function worstFirst(phases: readonly PhasePerformance[]): PhasePerformance[] {
  return [...phases].sort((a, b) => lost(b) - lost(a) || a.phase - b.phase);
}

/** How much time the diagram shows: what is kept, ten minutes at least, an hour at most. */
export function spanOf(timeS: number, sinceS: number): number {
  return Math.min(Math.max(timeS - sinceS, LEAST_SPAN_S), MOST_SPAN_S);
}

/** The top of the seconds: the longest cycle that is shown, to the next ten. */
export function topOf(cycles: Cycles, spanS: number): number {
  const shown = cycles.length_s.filter((_, k) => cycles.begin_s[k]! > -spanS);
  return Math.max(10 * Math.ceil(Math.max(...shown, 30) / 10), 30);
}

/** The cycle at so many seconds from the answer's time; the nearest one where there is none. -1: there are none. */
export function cycleAt({ begin_s, length_s }: Cycles, atS: number): number {
  let [best, away] = [-1, Infinity];
  begin_s.forEach((begin, k) => {
    const off = Math.max(begin - atS, atS - begin - length_s[k]!, 0);
    if (off < away) [best, away] = [k, off];
  });
  return best;
}

/** Share on green of one cycle; null where nobody came. */
export function shareOf({ arrivals, on_green }: Cycles, k: number): number | null {
  const came = arrivals[k]?.length ?? 0;
  return came ? on_green[k]! / came : null;
}

/** Moments for the time line: whole minutes, about five of them. */
export function ticks(timeS: number, spanS: number): number[] {
  const step = [60, 120, 300, 600, 900].find((s) => spanS / s <= 6) ?? 900;
  const found = [];
  for (let at = Math.ceil((timeS - spanS) / step) * step; at <= timeS; at += step) found.push(at);
  return found;
}

/** The part of a course around one of its signals: so many further on each side; null where it is not on it. */
export function near(course: Course, signal: string, reach: number): Course | null {
  const at = course.stations.findIndex((station) => station.signal === signal);
  if (at < 0) return null;
  const [first, last] = [Math.max(at - reach, 0), Math.min(at + reach, course.stations.length - 1)];
  const base = course.stations[first]!.at_m;
  const stations = course.stations.slice(first, last + 1).map((one) => ({ ...one, at_m: one.at_m - base }));
  return {
    ...course,
    signals: course.signals.slice(first, last + 1),
    length_m: stations.at(-1)!.at_m,
    stations,
    sections: course.sections.slice(first, last),
    band: null,
  };
}
