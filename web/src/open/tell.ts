/** Travel times in words that everybody reads. */

import type { Words } from "../words/en";
import type { RoadTime, Way } from "./open.svelte";

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
