/** What shows near by only, made for what is in sight: junctions' insides, lane marks, stop lines, queues, sensors. */

import { UNKNOWN_8, type Column } from "../live/frame";
import type { Geometry } from "../live/geometry";
import { Cells, holds, roomier, type Box } from "./cells";
import * as shapes from "./shapes";

const ROOM = 0.3; // of the view, on each side
const SPACING_M = 7.5;

/** Lanes and movements by where they are, and lines of those in sight. A line that was made is kept until one leaves. */
export class Near {
  private box: Box = [0, 0, 0, 0];
  private lanes: Cells | null = null;
  private moves: Cells | null = null;
  private groups: Map<number, number[]> | null = null; // of each lane with a signal
  private dotsAll: shapes.Stretches | null = null;
  private made = new Map<string, shapes.Stretches>();

  constructor(private readonly g: Geometry) {}

  /** Says what is in sight; true where lines have to be made anew. */
  look(box: Box): boolean {
    if (holds(this.box, box)) return false;
    this.box = roomier(box, ROOM);
    this.made.clear();
    return true;
  }

  private once(name: string, make: () => shapes.Stretches): shapes.Stretches {
    let found = this.made.get(name);
    if (!found) this.made.set(name, (found = make()));
    return found;
  }

  private get laneRows(): Uint32Array {
    this.lanes ??= lanesIn(this.g);
    return this.lanes.within(this.box);
  }

  get inside(): shapes.Stretches {
    this.moves ??= movesIn(this.g);
    return this.once("inside", () => shapes.junctionStretches(this.g, this.moves!.within(this.box)));
  }

  get marks(): shapes.Stretches {
    return this.once("marks", () => shapes.laneMarks(this.g, this.laneRows));
  }

  get stops(): shapes.Stretches {
    this.groups ??= shapes.groupsOfLanes(this.g);
    return this.once("stops", () => shapes.stopLines(this.g, this.groups!, this.laneRows));
  }

  /** Sensors stand in no order: all of them. */
  get dots(): shapes.Stretches {
    return (this.dotsAll ??= shapes.sensorDots(this.g));
  }

  /** Queues as a frame has them; `owner` is the lane. */
  queues(queue: Column): shapes.Stretches {
    const rows = this.laneRows.filter((lane) => queue[lane]! >= 2 && queue[lane] !== UNKNOWN_8);
    const found: shapes.Stretches = {
      ends: new Float32Array(4 * rows.length),
      widths: new Float32Array(rows.length).fill(0.7),
      owner: Int32Array.from(rows),
      styles: new Float32Array(rows.length),
    };
    rows.forEach((lane, k) => found.ends.set(shapes.queueStretch(this.g, lane, (queue[lane]! / 2) * SPACING_M), 4 * k));
    return found;
  }
}

/** Middle of each link's line, and the most that any reaches from there. */
function middles(g: Geometry, link: number): [number, number, number] {
  let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let p = g.link_at[link]!; p < g.link_at[link + 1]!; p++) {
    [x0, x1] = [Math.min(x0, g.link_x[p]!), Math.max(x1, g.link_x[p]!)];
    [y0, y1] = [Math.min(y0, g.link_y[p]!), Math.max(y1, g.link_y[p]!)];
  }
  return [(x0 + x1) / 2, (y0 + y1) / 2, Math.max(x1 - x0, y1 - y0) / 2];
}

const BESIDE_M = 40; // lanes lie beside their link's line

function lanesIn(g: Geometry): Cells {
  const at = new Float32Array(2 * g.lane_link.length);
  let reachM = 0;
  for (let lane = 0; lane < g.lane_link.length; lane++) {
    const [x, y, reach] = middles(g, g.lane_link[lane]!);
    at.set([x, y], 2 * lane);
    reachM = Math.max(reachM, reach);
  }
  return new Cells(at, reachM + BESIDE_M);
}

function movesIn(g: Geometry): Cells {
  const at = new Float32Array(2 * g.move_node.length);
  for (let m = 0; m < g.move_node.length; m++) at.set([g.node_x[g.move_node[m]!]!, g.node_y[g.move_node[m]!]!], 2 * m);
  return new Cells(at, 2 * BESIDE_M);
}
