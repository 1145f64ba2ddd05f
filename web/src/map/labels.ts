/** Names of streets, where there is room for them. */

import type { Geometry } from "../live/geometry";
import { alongLane } from "./shapes";

export interface Label {
  text: string;
  at: [number, number];
  angle: number; // degrees, never upside down
  road: number;
}

const APART_M = 700;
const MOST = 3000;

/** One label for every stretch of a street, on its longest links first, none near another of the same name. */
export function streetLabels(g: Geometry): Label[] {
  const order = [...g.link_length.keys()].filter((link) => g.link_name[link] && g.link_length[link]! > 80);
  order.sort((a, b) => g.link_road[a]! - g.link_road[b]! || g.link_length[b]! - g.link_length[a]!);
  const placed = new Map<string, [number, number][]>();
  const labels: Label[] = [];
  for (const link of order) {
    if (labels.length >= MOST) break;
    const name = g.link_name[link]!;
    const lane = g.link_first_lane[link]! + g.link_lanes[link]! - 1;
    const [ax, ay] = alongLane(g, lane, 0.45);
    const others = placed.get(name) ?? [];
    if (others.some(([x, y]) => Math.hypot(x - ax, y - ay) < APART_M)) continue;
    const [bx, by] = alongLane(g, lane, 0.55);
    let angle = (Math.atan2(by - ay, bx - ax) * 180) / Math.PI;
    if (angle > 90 || angle < -90) angle += 180;
    placed.set(name, [...others, [ax, ay]]);
    labels.push({ text: name, at: [(ax + bx) / 2, (ay + by) / 2], angle, road: g.link_road[link]! });
  }
  return labels;
}
