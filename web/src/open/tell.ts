/** Travel times in words that everybody reads. */

import type { Words } from "../words/en";
import { clock } from "../words/format";
import type { Park, RoadTime, Way } from "./open.svelte";

/** Hours and minutes of the city's clock. */
export function shortTime(locale: string, timeS: number): string {
  return clock(locale, timeS).replace(/(\d\d:\d\d):\d\d/, "$1");
}

/** Whole minutes, never less than one; `long` in a sentence. */
export function minutes(locale: string, seconds: number, unitDisplay: "short" | "long" = "short"): string {
  const value = Math.max(1, Math.round(seconds / 60));
  return new Intl.NumberFormat(locale, { style: "unit", unit: "minute", unitDisplay }).format(value);
}

/** How much longer it takes than on empty roads, as a share; 0 where nothing is known. */
export function extra({ time_s, free_s }: Way): number {
  return time_s === null || free_s <= 0 ? 0 : Math.max(0, time_s / free_s - 1);
}

const COMPASS = ["north", "northEast", "east", "southEast", "south", "southWest", "west", "northWest"] as const;

/** The word for a road's direction. */
export function direction({ ring, heading_deg }: RoadTime): keyof Words {
  if (ring || heading_deg === null) return "publicRing";
  return COMPASS[Math.round(heading_deg / 45) % 8]!;
}

export const KINDS: Record<string, keyof Words> = {
  accident: "kindAccident",
  breakdown: "kindBreakdown",
  broken_light: "kindBrokenLight",
  closure: "kindClosure",
  congestion: "kindCongestion",
  demonstration: "kindDemonstration",
  event: "kindEvent",
  flood: "kindFlood",
  obstacle: "kindObstacle",
  works: "kindWorks",
};

/** What a trip of ten minutes on empty roads takes now; NaN where nothing is known. */
export function tenMinutes(index: number | undefined): number {
  return index === undefined || !Number.isFinite(index) ? NaN : Math.max(10, Math.round(10 * index));
}

const ORDER = { open: 0, full: 1, closed: 2 } as const;
const TREND_LEAST = 3; // spaces; and ...
const TREND_SHARE = 0.02; // ... of all of them: less is said of no change

/** Where one can drive to first, the most free first; then what is full, closed, not known. */
export function parkOrder(a: Park, b: Park): number {
  const rank = ({ state }: Park): number => (state === null ? 3 : ORDER[state]);
  return rank(a) - rank(b) || (b.free ?? 0) - (a.free ?? 0) || a.name.localeCompare(b.name);
}

/** How many more (or, below 0, fewer) are free than a quarter of an hour ago; 0 where it is not worth a word. */
export function trend({ change, spaces }: Park): number {
  return change !== null && Math.abs(change) >= Math.max(TREND_LEAST, TREND_SHARE * (spaces ?? 0)) ? change : 0;
}

/** Free spaces that one can drive to. */
export function freeInAll(parks: Park[]): number {
  return parks.reduce((sum, { state, quality, free }) => sum + (state === "open" && quality !== "stale" ? (free ?? 0) : 0), 0);
}
