/** Where the vehicles of a simulated city are along a course, second by second: lines in a time-space diagram. */

import { PLANES, type Planes } from "../live/frame";
import type { Geometry } from "../live/geometry";
import { carriageway, course as lineOf } from "../map/shapes";

export interface Track {
  timeS: number[];
  atM: number[];
}

interface Piece {
  x: number;
  y: number;
  ux: number;
  uy: number;
  sizeM: number;
  reachM: number; // to either side
  atM: number; // of its begin, along the course
  scale: number; // metres along the course for one on the map
}

const CELL_M = 40;
const BESIDE_M = 1.5;
const AHEAD = 0.6; // cosine of how far a vehicle may point aside
const BACK_M = 8; // so much behind where it was is another round
export const TRACKS_MOST = 800;

export class Tracks {
  readonly tracks = new Map<number, Track>();
  private pieces: Piece[] = [];
  private cells = new Map<number, number[]>();

  constructor(g: Geometry, rows: readonly number[], beginsM: readonly number[], private readonly keepS: number) {
    rows.forEach((link, k) => this.add(g, link, beginsM[k]!));
  }

  private add(g: Geometry, link: number, beginM: number): void {
    const { shiftM, widthM } = carriageway(g, link);
    const line = lineOf(g, link, shiftM);
    let drawnM = 0;
    for (let p = 0; p + 3 < line.length; p += 2) drawnM += Math.hypot(line[p + 2]! - line[p]!, line[p + 3]! - line[p + 1]!);
    const scale = drawnM > 0 ? g.link_length[link]! / drawnM : 1;
    let passedM = 0;
    for (let p = 0; p + 3 < line.length; p += 2) {
      const [x, y] = [line[p]!, line[p + 1]!];
      const [dx, dy] = [line[p + 2]! - x, line[p + 3]! - y];
      const sizeM = Math.hypot(dx, dy);
      if (sizeM < 1e-6) continue;
      const piece = { x, y, ux: dx / sizeM, uy: dy / sizeM, sizeM, reachM: widthM / 2 + BESIDE_M, atM: beginM + passedM * scale, scale };
      this.enter(piece, this.pieces.push(piece) - 1);
      passedM += sizeM;
    }
  }

  private enter({ x, y, ux, uy, sizeM, reachM }: Piece, row: number): void {
    for (let s = 0; ; s = Math.min(s + CELL_M / 2, sizeM)) {
      const [cx, cy] = [x + ux * s, y + uy * s];
      for (let i = Math.floor((cx - reachM) / CELL_M); i <= Math.floor((cx + reachM) / CELL_M); i++)
        for (let j = Math.floor((cy - reachM) / CELL_M); j <= Math.floor((cy + reachM) / CELL_M); j++) {
          const cell = this.cells.get(key(i, j)) ?? [];
          if (cell.at(-1) !== row) this.cells.set(key(i, j), [...cell, row]);
        }
      if (s >= sizeM) return;
    }
  }

  /** Where on the course a vehicle is; NaN = not on it. */
  at(x: number, y: number, heading: number): number {
    const cell = this.cells.get(key(Math.floor(x / CELL_M), Math.floor(y / CELL_M)));
    if (!cell) return NaN;
    let [best, atM] = [Infinity, NaN];
    for (const row of cell) {
      const piece = this.pieces[row]!;
      if (Math.cos(heading) * piece.ux + Math.sin(heading) * piece.uy < AHEAD) continue;
      const [dx, dy] = [x - piece.x, y - piece.y];
      const along = dx * piece.ux + dy * piece.uy;
      const aside = Math.abs(dx * piece.uy - dy * piece.ux);
      if (along < -BESIDE_M || along > piece.sizeM + BESIDE_M || aside > piece.reachM || aside >= best) continue;
      [best, atM] = [aside, piece.atM + along * piece.scale];
    }
    return atM;
  }

  /** Takes in all vehicles of a second. */
  take(timeS: number, columns: Planes): void {
    const [id, x, y, heading] = [PLANES.vehicleId, PLANES.vehicleX, PLANES.vehicleY, PLANES.vehicleHeading].map((plane) => columns.get(plane));
    if (!id || !x || !y || !heading) return;
    for (let k = 0; k < id.length; k++) {
      const atM = this.at(x[k]!, y[k]!, (heading[k]! / 256) * 2 * Math.PI);
      if (Number.isNaN(atM)) continue;
      const track = this.tracks.get(id[k]!) ?? { timeS: [], atM: [] };
      if (!track.timeS.length && this.tracks.size >= TRACKS_MOST) continue;
      if (timeS <= (track.timeS.at(-1) ?? -Infinity)) continue;
      if (atM < (track.atM.at(-1) ?? atM) - BACK_M) track.timeS.length = track.atM.length = 0;
      track.timeS.push(timeS);
      track.atM.push(atM);
      this.tracks.set(id[k]!, track);
    }
    this.forget(timeS - this.keepS);
  }

  private forget(beforeS: number): void {
    for (const [id, { timeS, atM }] of this.tracks) {
      const old = timeS.findIndex((at) => at >= beforeS);
      if (old < 0) this.tracks.delete(id);
      else if (old > 0) (timeS.splice(0, old), atM.splice(0, old));
    }
  }
}

const key = (i: number, j: number): number => (i + 32_768) * 65_536 + (j + 32_768);
