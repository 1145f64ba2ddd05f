/** Corridors in words and figures. */

import type { Place } from "../live/places";
import type { Words } from "../words/en";
import { number } from "../words/format";
import type { CourseFigures } from "./api";

const COMPASS = ["north", "northEast", "east", "southEast", "south", "southWest", "west", "northWest"] as const;

/** Minutes and seconds; a dash for what is not known. */
export function minutesSeconds(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return "–";
  const whole = Math.max(0, Math.round(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** Seconds longer than on an empty road; null where that is not known. */
export function delayS({ time_s, free_s }: { time_s: number | null; free_s: number }): number | null {
  return time_s === null ? null : Math.max(0, time_s - free_s);
}

export function heading({ heading_deg }: CourseFigures): keyof Words | null {
  return heading_deg === null ? null : COMPASS[Math.round(heading_deg / 45) % 8]!;
}

export const km = (locale: string, metres: number): string => number(locale, metres / 1000, metres < 10_000 ? 1 : 0);

/** What a junction is called on a street: by what crosses there. */
export function crossing(name: string, street: string): string {
  const [, streets = name, suffix = ""] = /^(.*?)( \([^()]*\))?$/.exec(name) ?? [];
  const others = streets.split(" / ").filter((one) => one !== street);
  return others.length ? others.join(" / ") : streets + suffix;
}

/** The name of a corridor or route: its street's, or that of its ends. */
export function title(name: string, signals: readonly string[], by: ReadonlyMap<string, Place>): string {
  return name || ends(name, signals, by);
}

export function ends(name: string, signals: readonly string[], by: ReadonlyMap<string, Place>): string {
  return [signals[0]!, signals.at(-1)!].map((id) => crossing(by.get(id)?.name ?? id, name)).join(" – ");
}
