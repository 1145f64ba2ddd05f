/** Lines of the map from the drawing: links from afar, lanes, marks, stop lines and queues near by. */

import type { Geometry } from "../live/geometry";
import { Cells } from "./cells";
import { Style } from "./styles";

export interface Stretches {
  ends: Float32Array; // [4 n]
  widths: Float32Array; // [n]
  owner: Int32Array; // [n] link or lane
  styles: Float32Array; // [n] see capsules.ts
  cells?: Cells; // they stand in this order
}

const WIDEST_M = 40; // a street, or what stands for it from afar

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

/** The same stretches in the order of cells, so that those in sight stand together. */
export function inCells(of: Stretches): Stretches {
  const n = of.owner.length;
  const at = new Float32Array(2 * n);
  let reachM = 0;
  for (let k = 0; k < n; k++) {
    const [x0, y0, x1, y1] = [of.ends[4 * k]!, of.ends[4 * k + 1]!, of.ends[4 * k + 2]!, of.ends[4 * k + 3]!];
    at[2 * k] = (x0 + x1) / 2;
    at[2 * k + 1] = (y0 + y1) / 2;
    reachM = Math.max(reachM, Math.abs(x1 - x0) / 2, Math.abs(y1 - y0) / 2);
  }
  const cells = new Cells(at, reachM + WIDEST_M);
  const { order } = cells;
  const ends = new Float32Array(4 * n);
  order.forEach((row, k) => ends.set(of.ends.subarray(4 * row, 4 * row + 4), 4 * k));
  return {
    ends,
    widths: Float32Array.from(order, (row) => of.widths[row]!),
    owner: Int32Array.from(order, (row) => of.owner[row]!),
    styles: Float32Array.from(order, (row) => of.styles[row]!),
    cells,
  };
}

/** The inside of junctions: each of these movements as a curve, wide as a lane. A straight way needs one stretch. */
export function junctionStretches(g: Geometry, moves: Iterable<number> = g.move_from.keys()): Stretches {
  const builder = new Builder();
  const done = new Set<number>();
  for (const m of moves) {
    const key = g.move_from[m]! * g.lane_link.length + g.move_to[m]!;
    if (done.has(key)) continue;
    done.add(key);
    const points = movementCurve(g, m, stepsOf(g, m));
    for (let k = 0; k + 3 < points.length; k += 2)
      builder.add(points[k]!, points[k + 1]!, points[k + 2]!, points[k + 3]!, 3.4, m);
  }
  return builder.done();
}

/** Stretches that a movement's curve needs to look round: by how far it turns, and aside. */
function stepsOf(g: Geometry, move: number): number {
  const [ax, ay, au, av] = laneEnd(g, g.move_from[move]!, true);
  const [bx, by, bu, bv] = laneEnd(g, g.move_to[move]!, false);
  const aside = Math.abs((bx - ax) * av - (by - ay) * au); // metres
  return au * bu + av * bv > 0.995 && aside < 0.3 ? 1 : 6;
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

/** Lines between these lanes and the next ones of the same way. */
export function laneMarks(g: Geometry, lanes: Iterable<number> = g.lane_link.keys()): Stretches {
  const builder = new Builder();
  for (const lane of lanes) {
    const link = g.lane_link[lane]!;
    if (lane + 1 >= g.link_first_lane[link]! + g.link_lanes[link]!) continue;
    const points = course(g, link, (g.lane_shift[lane]! + g.lane_shift[lane + 1]!) / 2);
    for (let k = 0; k + 3 < points.length; k += 2)
      builder.add(points[k]!, points[k + 1]!, points[k + 2]!, points[k + 3]!, 0.16, lane);
  }
  return builder.done();
}

/** The signal groups that speak for each lane, in their order. */
export function groupsOfLanes(g: Geometry): Map<number, number[]> {
  const found = new Map<number, number[]>();
  for (let m = 0; m < g.move_from.length; m++) {
    const [lane, group] = [g.move_from[m]!, g.move_group[m]!];
    if (group < 0) continue;
    const groups = found.get(lane);
    if (!groups) found.set(lane, [group]);
    else if (!groups.includes(group)) groups.push(group);
  }
  for (const groups of found.values()) groups.sort((a, b) => a - b);
  return found;
}

/** Stop lines of those of the lanes that have signals; `owner` is the signal group that speaks for the lane. */
export function stopLines(g: Geometry, groupsOf = groupsOfLanes(g), lanes: Iterable<number> = groupsOf.keys()): Stretches {
  const builder = new Builder();
  for (const lane of lanes) {
    const groups = groupsOf.get(lane);
    if (!groups) continue;
    const [x, y, u, v] = laneEnd(g, lane, true);
    const width = g.lane_width[lane]! * 0.86;
    groups.forEach((group, k) => {
      // A lane that several groups speak for shows them side by side.
      const [from, to] = [width * (k / groups.length - 0.5), width * ((k + 1) / groups.length - 0.5)];
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

/** One line through all points, round at its ends alone: what is not quite opaque lies nowhere twice. */
export function polyline(points: readonly (readonly [number, number])[]): Stretches {
  const builder = new Builder();
  for (let k = 0; k + 1 < points.length; k++) {
    const style = (k > 0 ? Style.FlatStart : 0) + (k + 2 < points.length ? Style.FlatEnd : 0);
    builder.add(...points[k]!, ...points[k + 1]!, 0, 0, style);
  }
  return builder.done();
}

/** The edges of areas. */
export function outlines(contours: readonly (readonly [number, number][])[]): Stretches {
  const builder = new Builder();
  for (const contour of contours)
    contour.forEach(([x, y], k) => {
      const [x1, y1] = contour[(k + 1) % contour.length]!;
      builder.add(x, y, x1, y1, 0, 0);
    });
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
