/** Where things lie, in square cells row by row: what is out of sight is neither drawn nor made. */

export type Box = readonly [x0: number, y0: number, x1: number, y1: number]; // metres

const EACH = 120; // things in a cell, about
const MOST = 1 << 14; // cells

export class Cells {
  readonly order: Uint32Array; // things by cell
  readonly start: Uint32Array; // [cells + 1] places in `order`
  private readonly nx: number;
  private readonly ny: number;
  private readonly sizeM: number;
  private readonly x0: number;
  private readonly y0: number;

  /** `at` [2 n]: the middle of each thing; `reachM`: how far one reaches from its middle at most. */
  constructor(at: Float32Array, private readonly reachM: number) {
    const n = at.length / 2;
    let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let k = 0; k < n; k++) {
      [x0, x1] = [Math.min(x0, at[2 * k]!), Math.max(x1, at[2 * k]!)];
      [y0, y1] = [Math.min(y0, at[2 * k + 1]!), Math.max(y1, at[2 * k + 1]!)];
    }
    const [wide, high] = n ? [Math.max(x1 - x0, 1), Math.max(y1 - y0, 1)] : [1, 1];
    const cells = Math.min(Math.max(n / EACH, 1), MOST);
    [this.x0, this.y0] = n ? [x0, y0] : [0, 0];
    this.sizeM = Math.max(Math.sqrt((wide * high) / cells), Math.max(wide, high) / 1000);
    this.nx = Math.floor(wide / this.sizeM) + 1;
    this.ny = Math.floor(high / this.sizeM) + 1;
    const cell = new Uint32Array(n);
    this.start = new Uint32Array(this.nx * this.ny + 1);
    for (let k = 0; k < n; k++) {
      cell[k] = this.column(at[2 * k]!) + this.nx * this.row(at[2 * k + 1]!);
      this.start[cell[k]! + 1]!++;
    }
    for (let c = 0; c < this.nx * this.ny; c++) this.start[c + 1]! += this.start[c]!;
    const next = this.start.slice();
    this.order = new Uint32Array(n);
    for (let k = 0; k < n; k++) this.order[next[cell[k]!]!++] = k;
  }

  private column(x: number): number {
    return Math.min(Math.max(Math.floor((x - this.x0) / this.sizeM), 0), this.nx - 1);
  }

  private row(y: number): number {
    return Math.min(Math.max(Math.floor((y - this.y0) / this.sizeM), 0), this.ny - 1);
  }

  /** Stretches of `order`, from and to, that hold everything in sight: few, and never one twice. */
  ranges([x0, y0, x1, y1]: Box): [number, number][] {
    const found: [number, number][] = [];
    const [left, right] = [this.column(x0 - this.reachM), this.column(x1 + this.reachM)];
    for (let row = this.row(y0 - this.reachM); row <= this.row(y1 + this.reachM); row++) {
      const [from, to] = [this.start[row * this.nx + left]!, this.start[row * this.nx + right + 1]!];
      const last = found.at(-1);
      if (last && last[1] === from) last[1] = to;
      else if (to > from) found.push([from, to]);
    }
    return found;
  }

  /** How many there are in what is in sight, about. */
  count(box: Box): number {
    return this.ranges(box).reduce((sum, [from, to]) => sum + to - from, 0);
  }

  /** The things in sight. */
  within(box: Box): Uint32Array {
    const ranges = this.ranges(box);
    const found = new Uint32Array(this.count(box));
    let at = 0;
    for (const [from, to] of ranges) {
      found.set(this.order.subarray(from, to), at);
      at += to - from;
    }
    return found;
  }
}

/** A box with some room around it, so that a small move needs nothing new. */
export function roomier([x0, y0, x1, y1]: Box, share: number): Box {
  const [dx, dy] = [(x1 - x0) * share, (y1 - y0) * share];
  return [x0 - dx, y0 - dy, x1 + dx, y1 + dy];
}

export function holds(outer: Box, inner: Box): boolean {
  return outer[0] <= inner[0] && outer[1] <= inner[1] && outer[2] >= inner[2] && outer[3] >= inner[3];
}
