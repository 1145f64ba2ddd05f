/** Junctions with signals: what they are called, which lanes lead to them, and how bad it is there. */

import { UNKNOWN_16, UNKNOWN_8, type Column } from "./frame";
import type { Geometry } from "./geometry";

export interface Place {
  signal: number;
  id: string;
  name: string;
  x: number;
  y: number;
  links: number[]; // that lead to it
  lanes: number[]; // with a signal
}

export interface Trouble {
  place: Place;
  lost: number; // vehicles that stand still, as good as: sum of vehicles x (1 - pace)
  queue: number; // vehicles
  full: boolean; // a queue reaches back over a whole lane
}

const SPACING_M = 7.5; // a standing vehicle and its gap

/** Every junction with signals. */
export function placesOf(g: Geometry): Place[] {
  const lanes: Set<number>[] = g.signal_id.map(() => new Set());
  for (let m = 0; m < g.move_from.length; m++) {
    const group = g.move_group[m]!;
    if (group >= 0) lanes[g.group_signal[group]!]!.add(g.move_from[m]!);
  }
  const places = g.signal_id.map((id, signal) => {
    const node = g.signal_node[signal]!;
    const own = [...lanes[signal]!].sort((a, b) => a - b);
    const links = [...new Set(own.map((lane) => g.lane_link[lane]!))];
    return { signal, id, name: nameOf(g, links, id), x: g.node_x[node]!, y: g.node_y[node]!, links, lanes: own };
  });
  const times = new Map<string, number>();
  for (const { name } of places) times.set(name, (times.get(name) ?? 0) + 1);
  // Two streets that meet twice: their junctions carry their numbers.
  return places.map((place) => (times.get(place.name)! > 1 ? { ...place, name: `${place.name} (${place.id})` } : place));
}

function nameOf(g: Geometry, links: number[], id: string): string {
  const wide = [...links].sort((a, b) => g.link_road[a]! - g.link_road[b]! || g.link_lanes[b]! - g.link_lanes[a]!);
  const names = [...new Set(wide.map((link) => g.link_name[link]!).filter(Boolean))];
  return names.slice(0, 2).join(" / ") || id;
}

/** How bad it is at every junction, worst first. Links of which nothing is known count nothing. */
export function troubles(g: Geometry, places: Place[], pace: Column, count: Column, queue: Column): Trouble[] {
  return places
    .map((place) => {
      let [lost, queued, full] = [0, 0, false];
      for (const link of place.links) {
        if (pace[link] === undefined || pace[link] === UNKNOWN_8 || count[link] === UNKNOWN_16) continue;
        lost += (count[link]! / 4) * Math.max(0, 1 - pace[link]! / 200);
      }
      for (const lane of place.lanes) {
        const waiting = queue[lane] === undefined || queue[lane] === UNKNOWN_8 ? 0 : queue[lane]! / 2;
        queued += waiting;
        full ||= waiting >= Math.max(1, Math.floor(g.lane_length[lane]! / SPACING_M));
      }
      return { place, lost, queue: queued, full };
    })
    .sort((a, b) => b.lost - a.lost || b.queue - a.queue || a.place.signal - b.place.signal);
}
