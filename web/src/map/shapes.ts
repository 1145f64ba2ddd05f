/** Lines of the map from the drawing: links from afar, lanes, marks, stop lines and queues near by. */

import type { Geometry } from "../live/geometry";
import { Style } from "./styles";

export interface Stretches {
  ends: Float32Array; // [4 n]
  widths: Float32Array; // [n]
  owner: Int32Array; // [n] link or lane
  styles: Float32Array; // [n] see capsules.ts
}

class Builder {
  private ends: number[] = [];
  private widths: number[] = [];
  private owners: number[] = [];
  private styles: number[] = [];

  add(x0: number, y0: number, x1: number, y1: number, width: number, owner: number, style = 0): void {
    this.styles.push(style);
    this.ends.push(x0, y0, x1, y1);
    this.widths.push(width);
    this.owners.push(owner);
  }

  done(): Stretches {
    return {
      ends: new Float32Array(this.ends),
      widths: new Float32Array(this.widths),
      owner: new Int32Array(this.owners),
      styles: new Float32Array(this.styles),
    };
  }
}

/** Points of a link's line, moved to the right by a shift (m): [2 k]. */
export function course(g: Geometry, link: number, shiftM: number): Float32Array {
  const [first, last] = [g.link_at[link]!, g.link_at[link + 1]! - 1];
  const out = new Float32Array(2 * (last - first + 1));
  for (let p = first; p <= last; p++) {
    const a = Math.max(first, p - 1);
    const b = Math.min(last, p + 1);
    const [dx, dy] = [g.link_x[b]! - g.link_x[a]!, g.link_y[b]! - g.link_y[a]!];
    const size = Math.hypot(dx, dy) || 1;
    out[2 * (p - first)] = g.link_x[p]! + (shiftM * dy) / size;
    out[2 * (p - first) + 1] = g.link_y[p]! - (shiftM * dx) / size;
  }
  return out;
}

/** Middle of a link's lanes beside its line (m to the right), and their width together. */
export function carriageway(g: Geometry, link: number): { shiftM: number; widthM: number } {
  const first = g.link_first_lane[link]!;
  let [shiftM, widthM] = [0, 0];
  for (let lane = first; lane < first + g.link_lanes[link]!; lane++) {
    shiftM += g.lane_shift[lane]!;
    widthM += g.lane_width[lane]!;
  }
  return { shiftM: shiftM / Math.max(g.link_lanes[link]!, 1), widthM };
}

/** Every link as stretches of its carriageway. */
export function linkStretches(g: Geometry): Stretches {
  const builder = new Builder();
  for (let link = 0; link < g.link_lanes.length; link++) {
    const { shiftM, widthM } = carriageway(g, link);
    const points = course(g, link, shiftM);
    for (let k = 0; k + 3 < points.length; k += 2) {
      const style = (k === 0 ? Style.FlatStart : 0) + (k + 5 >= points.length ? Style.FlatEnd : 0);
      builder.add(points[k]!, points[k + 1]!, points[k + 2]!, points[k + 3]!, widthM, link, style);
    }
  }
  return builder.done();
}

/** The inside of junctions: every movement as a curve, wide as a lane. */
export function junctionStretches(g: Geometry): Stretches {
  const builder = new Builder();
  const done = new Set<string>();
  for (let m = 0; m < g.move_from.length; m++) {
    const key = `${g.move_from[m]}-${g.move_to[m]}`;
    if (done.has(key)) continue;
    done.add(key);
    const points = movementCurve(g, m, 6);
    for (let k = 0; k + 3 < points.length; k += 2)
      builder.add(points[k]!, points[k + 1]!, points[k + 2]!, points[k + 3]!, 3.4, m);
  }
  return builder.done();
}

/** Start or end of a lane: place and way ahead. */
export function laneEnd(g: Geometry, lane: number, atEnd: boolean): [number, number, number, number] {
  const points = course(g, g.lane_link[lane]!, g.lane_shift[lane]!);
  const k = atEnd ? points.length - 4 : 0;
  const [dx, dy] = [points[k + 2]! - points[k]!, points[k + 3]! - points[k + 1]!];
  const size = Math.hypot(dx, dy) || 1;
  return [points[atEnd ? k + 2 : 0]!, points[atEnd ? k + 3 : 1]!, dx / size, dy / size];
}

/** The path of a movement through its junction: [2 (steps + 1)]. */
export function movementCurve(g: Geometry, move: number, steps: number): Float32Array {
  const [ax, ay, au, av] = laneEnd(g, g.move_from[move]!, true);
  const [bx, by, bu, bv] = laneEnd(g, g.move_to[move]!, false);
  const arm = 0.4 * Math.hypot(bx - ax, by - ay);
  const out = new Float32Array(2 * (steps + 1));
  for (let k = 0; k <= steps; k++) {
    const t = k / steps;
    const [a, b, c, d] = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t ** 3];
    out[2 * k] = a * ax + b * (ax + arm * au) + c * (bx - arm * bu) + d * bx;
    out[2 * k + 1] = a * ay + b * (ay + arm * av) + c * (by - arm * bv) + d * by;
  }
  return out;
}

/** Lines between lanes of the same way. */
export function laneMarks(g: Geometry): Stretches {
  const builder = new Builder();
  for (let link = 0; link < g.link_lanes.length; link++) {
    const first = g.link_first_lane[link]!;
    for (let lane = first; lane + 1 < first + g.link_lanes[link]!; lane++) {
      const points = course(g, link, (g.lane_shift[lane]! + g.lane_shift[lane + 1]!) / 2);
      for (let k = 0; k + 3 < points.length; k += 2)
        builder.add(points[k]!, points[k + 1]!, points[k + 2]!, points[k + 3]!, 0.16, lane);
    }
  }
  return builder.done();
}

/** Stop lines of lanes with signals; `owner` is the signal group that speaks for the lane. */
export function stopLines(g: Geometry): Stretches {
  const builder = new Builder();
  const groupsOf = new Map<number, Set<number>>();
  for (let m = 0; m < g.move_from.length; m++) {
    if (g.move_group[m]! < 0) continue;
    const lane = g.move_from[m]!;
    groupsOf.set(lane, (groupsOf.get(lane) ?? new Set()).add(g.move_group[m]!));
  }
  for (const [lane, groups] of groupsOf) {
    const [x, y, u, v] = laneEnd(g, lane, true);
    const width = g.lane_width[lane]! * 0.86;
    [...groups].sort((a, b) => a - b).forEach((group, k) => {
      // A lane that several groups speak for shows them side by side.
      const [from, to] = [width * (k / groups.size - 0.5), width * ((k + 1) / groups.size - 0.5)];
      builder.add(x + v * from, y - u * from, x + v * to, y - u * to, 1.1, group, Style.FlatStart + Style.FlatEnd);
    });
  }
  return builder.done();
}

/** The link that each signal group speaks for [groups]; -1 = none. */
export function approaches(g: Geometry): Int32Array {
  const links = new Int32Array(g.group_id.length).fill(-1);
  for (let m = 0; m < g.move_from.length; m++)
    if (g.move_group[m]! >= 0) links[g.move_group[m]!] = g.lane_link[g.move_from[m]!]!;
  return links;
}

/** Where sensors are; `owner` is the sensor. */
export function sensorDots(g: Geometry): Stretches {
  const builder = new Builder();
  for (let s = 0; s < g.sensor_lane.length; s++) {
    const lane = g.sensor_lane[s]!;
    const [x, y] = alongLane(g, lane, g.sensor_position[s]! / Math.max(g.lane_length[lane]!, 1));
    builder.add(x, y, x, y, g.sensor_kind[s] === 2 ? 2.6 : 1.6, s);
  }
  return builder.done();
}

/** The stretch of a lane that a queue of so many metres covers, counted back from its stop line. */
export function queueStretch(g: Geometry, lane: number, lengthM: number): [number, number, number, number] {
  const [x, y, u, v] = laneEnd(g, lane, true);
  const along = Math.min(lengthM, g.lane_length[lane]!);
  const [bx, by] = alongLane(g, lane, 1 - along / Math.max(g.lane_length[lane]!, 1));
  return [x - u * 0.5, y - v * 0.5, bx, by];
}

/** A place at a share of a lane. */
export function alongLane(g: Geometry, lane: number, share: number): [number, number] {
  const points = course(g, g.lane_link[lane]!, g.lane_shift[lane]!);
  let total = 0;
  for (let k = 0; k + 3 < points.length; k += 2) total += Math.hypot(points[k + 2]! - points[k]!, points[k + 3]! - points[k + 1]!);
  let left = Math.min(Math.max(share, 0), 1) * total;
  for (let k = 0; k + 3 < points.length; k += 2) {
    const [dx, dy] = [points[k + 2]! - points[k]!, points[k + 3]! - points[k + 1]!];
    const size = Math.hypot(dx, dy);
    if (left <= size || k + 5 >= points.length) {
      const t = size > 0 ? Math.min(left / size, 1) : 0;
      return [points[k]! + t * dx, points[k + 1]! + t * dy];
    }
    left -= size;
  }
  return [points[0]!, points[1]!];
}

/** The box around everything: [x0, y0, x1, y1]. */
export function bounds(g: Geometry): [number, number, number, number] {
  let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let p = 0; p < g.link_x.length; p++) {
    x0 = Math.min(x0, g.link_x[p]!);
    x1 = Math.max(x1, g.link_x[p]!);
    y0 = Math.min(y0, g.link_y[p]!);
    y1 = Math.max(y1, g.link_y[p]!);
  }
  return x0 <= x1 ? [x0, y0, x1, y1] : [-100, -100, 100, 100];
}
