/** The outcome of a what-if as maps draw it. */

import { PLANES, UNKNOWN_8, type Column } from "../live/frame";
import type { Source } from "../map/source";
import type { Links, Result } from "./api";

const ESTIMATED = 1;

function source(planes: Map<number, Column>, more: Partial<Source> = {}): Source {
  return {
    version: 0,
    timeS: NaN,
    isStale: false,
    vehicles: null,
    vehiclesBefore: null,
    plane: (plane) => planes.get(plane) ?? new Uint8Array(0),
    ...more,
  };
}

/** One course: every link by the mean pace of those that left it; unknown where nobody did. */
export function course(links: Links, closed: ReadonlySet<number>): Source {
  const pace = Uint8Array.from(links.pace, (share) => (share === null ? UNKNOWN_8 : Math.min(Math.round(share * 200), 254)));
  const quality = new Uint8Array(pace.length).fill(ESTIMATED);
  return source(new Map<number, Column>([[PLANES.linkPace, pace], [PLANES.linkQuality, quality]]), { closed });
}

/** Both: how many vehicles more (or fewer) there were on every link, in the mean over the time. */
export function differenceOf(result: Result): Float32Array {
  const { alone, changed } = result.links;
  return Float32Array.from(changed.vehicles, (value, link) => value - (alone.vehicles[link] ?? 0));
}

/** The difference that the ends of the scale stand for: nearly the greatest of all, and never less than a vehicle. */
export function scaleOf(difference: Float32Array): number {
  const sizes = [...difference].map(Math.abs).sort((a, b) => a - b);
  return Math.max(sizes[Math.floor(0.985 * (sizes.length - 1))] ?? 1, 1);
}

export function difference(result: Result, closed: ReadonlySet<number>): Source {
  const found = differenceOf(result);
  const most = scaleOf(found);
  return source(new Map(), { closed, difference: found.map((value) => Math.max(-1, Math.min(1, value / most))) });
}
