/**
 * Streets and vehicles drawn by the processor, into a picture that the map shows as one.
 *
 * Where no graphics card is, a program plays one, and it needs about a microsecond for every triangle, however small.
 * From afar a city is a hundred thousand stretches of a few pixels each: filling these pixels here is twenty times
 * faster. Coverage is exact along the steeper axis, so edges are as smooth as the shaders' are.
 */

import type { Crowd } from "./capsules";
import type { Box } from "./cells";
import { Style } from "./styles";

/** How a crowd is drawn; as the properties of `CapsuleLayer`. */
export interface Stroke {
  crowd: Crowd;
  minPixels: number;
  maxPixels: number;
  widthScale: number;
  outward: number;
  flat: boolean;
  mute: number;
  base: readonly number[];
  opacity: number;
}

const FULL = 256;
const RED_BLUE = 0x00ff00ff;
const ROUND = 0.4; // of its width: so far a round end goes beyond, in a square's stead
const THIN = 3.5; // pixels: whether an end is round is not seen below
const OPAQUE = 0xff000000 | 0;

/** `over` with a share of 0 to 256 above `under`: both hold a colour times its own alpha, as 32 signed bits. */
export function blended(under: number, over: number, share: number): number {
  const rest = FULL - share;
  const even = (Math.imul(over & RED_BLUE, share) + Math.imul(under & RED_BLUE, rest)) >>> 8;
  const odd = Math.imul((over >>> 8) & RED_BLUE, share) + Math.imul((under >>> 8) & RED_BLUE, rest);
  return (odd & ~RED_BLUE) | (even & RED_BLUE);
}

/** A picture of the box in sight, rows from the top; a pixel's bytes are red, green, blue and alpha, times alpha. */
export class Raster {
  readonly pixels: Int32Array;
  readonly bytes: Uint8Array; // the same

  constructor(
    readonly width: number,
    readonly height: number,
    readonly density: number, // pixels of the screen a pixel of the page
  ) {
    this.pixels = new Int32Array(width * height);
    this.bytes = new Uint8Array(this.pixels.buffer);
  }

  clear(): void {
    this.pixels.fill(0);
  }

  /** Draws the stretches of a crowd that are in sight. */
  stroke(of: Stroke, [x0, y0, x1, y1]: Box): void {
    const { crowd, outward, widthScale } = of;
    const { ends, widths, styles } = crowd;
    const colours = new Int32Array(crowd.colours.buffer, crowd.colours.byteOffset, crowd.length);
    const scale = this.width / (x1 - x0);
    const least = of.minPixels * this.density;
    const most = of.maxPixels * this.density;
    const muted = of.mute > 0 ? colourOf(of.base) : 0;
    const mute = Math.round(of.mute * FULL);
    const share = of.opacity * FULL;
    const ranges: [number, number][] = crowd.cells ? crowd.cells.ranges([x0, y0, x1, y1]) : [[0, crowd.length]];
    for (const [from, to] of ranges)
      for (let k = from; k < to; k++) {
        // The screen's y goes down: to the right of the way is (-uy, ux).
        const ax = (ends[4 * k]! - x0) * scale;
        const ay = (y1 - ends[4 * k + 1]!) * scale;
        const dx = (ends[4 * k + 2]! - x0) * scale - ax;
        const dy = (y1 - ends[4 * k + 3]!) * scale - ay;
        const size = Math.sqrt(dx * dx + dy * dy);
        const ux = size > 0 ? dx / size : 1;
        const uy = size > 0 ? dy / size : 0;
        const real = widths[k]! * scale;
        const wide = Math.min(Math.max(real * widthScale, least), most);
        const grown = wide > real ? (wide - real) * 0.5 * outward : 0;
        const style = styles[k]!;
        const round = wide < THIN ? ROUND * wide : 0;
        const before = of.flat && (style & Style.FlatStart) !== 0 ? 0 : round;
        const after = of.flat && (style & Style.FlatEnd) !== 0 ? 0 : round;
        const sx = ax - uy * grown - ux * before;
        const sy = ay + ux * grown - uy * before;
        const length = size + before + after;
        const colour = (mute ? blended(colours[k]!, muted, mute) : colours[k]!) | OPAQUE;
        this.line(sx, sy, sx + ux * length, sy + uy * length, 0.5 * wide, colour, share, (style & Style.Dashed) !== 0);
        if (wide < THIN) continue;
        if (!of.flat || (style & Style.FlatStart) === 0) this.disc(sx, sy, 0.5 * wide, colour, share);
        if (!of.flat || (style & Style.FlatEnd) === 0) this.disc(sx + ux * length, sy + uy * length, 0.5 * wide, colour, share);
      }
  }

  /** A line with square ends, in pixels: along the axis on which it is longer, each step's span by its coverage. */
  private line(ax: number, ay: number, bx: number, by: number, half: number, colour: number, share: number, dashed: boolean): void {
    const steep = Math.abs(by - ay) > Math.abs(bx - ax);
    const forward = steep ? by >= ay : bx >= ax;
    const a0 = steep ? (forward ? ay : by) : forward ? ax : bx;
    const a1 = steep ? (forward ? by : ay) : forward ? bx : ax;
    const b0 = steep ? (forward ? ax : bx) : forward ? ay : by;
    const b1 = steep ? (forward ? bx : ax) : forward ? by : ay;
    const along = steep ? this.height : this.width;
    const across = steep ? this.width : this.height;
    if (a1 <= 0 || a0 >= along) return;
    const alongStep = steep ? this.width : 1;
    const acrossStep = steep ? 1 : this.width;
    const slope = a1 > a0 ? (b1 - b0) / (a1 - a0) : 0;
    const reach = half * Math.sqrt(1 + slope * slope);
    const period = dashed ? Math.max(9 * this.density, 4 * half) : 0;
    const last = a1 < along ? a1 : along;
    for (let a = a0 > 0 ? a0 | 0 : 0; a < last; a++) {
      if (period && (a - a0) % period < period / 2) continue;
      const part = share * ((a + 1 < a1 ? a + 1 : a1) - (a > a0 ? a : a0)); // of this step's width
      const middle = b0 + (a + 0.5 - a0) * slope;
      const low = middle > reach ? middle - reach : 0;
      const high = middle + reach < across ? middle + reach : across;
      this.span(a * alongStep, acrossStep, low, high, part, colour);
    }
  }

  /** A round end, row by row. */
  private disc(x: number, y: number, radius: number, colour: number, share: number): void {
    const last = Math.min(y + radius, this.height);
    for (let row = Math.max(Math.floor(y - radius), 0); row < last; row++) {
      const up = row + 0.5 - y;
      const reach = Math.sqrt(Math.max(radius * radius - up * up, 0));
      this.span(row * this.width, 1, Math.max(x - reach, 0), Math.min(x + reach, this.width), share, colour);
    }
  }

  /** From `low` to `high` along one row or column of pixels. */
  private span(at: number, step: number, low: number, high: number, part: number, colour: number): void {
    const { pixels } = this;
    if (high <= low) return;
    const first = low | 0;
    let place = at + first * step;
    if (high <= first + 1) {
      pixels[place] = blended(pixels[place]!, colour, ((high - low) * part + 0.5) | 0);
      return;
    }
    pixels[place] = blended(pixels[place]!, colour, ((first + 1 - low) * part + 0.5) | 0);
    const full = (part + 0.5) | 0;
    let b = first + 1;
    for (; b + 1 <= high; b++) {
      place += step;
      pixels[place] = full >= FULL ? colour : blended(pixels[place]!, colour, full);
    }
    if (high > b) {
      place += step;
      pixels[place] = blended(pixels[place]!, colour, ((high - b) * part + 0.5) | 0);
    }
  }

  /** Vehicles as dots at a share of their ways [4 n]: each spread over the pixels that it touches. */
  dots(ways: Float32Array, colours: Uint32Array, at: number, sizePixels: number, opacity: number, [x0, , x1, y1]: Box): void {
    const scale = this.width / (x1 - x0);
    const reach = (sizePixels * this.density) / 2;
    const share = opacity * (Math.PI / 4) * FULL; // a circle's part of its square
    for (let k = 0; k < colours.length; k++) {
      const x = (ways[4 * k]! + (ways[4 * k + 2]! - ways[4 * k]!) * at - x0) * scale;
      const y = (y1 - ways[4 * k + 1]! - (ways[4 * k + 3]! - ways[4 * k + 1]!) * at) * scale;
      if (!(x > reach && y > reach && x < this.width - reach && y < this.height - reach)) continue;
      const [high, right] = [y + reach, x + reach];
      for (let row = (y - reach) | 0; row < high; row++) {
        const part = share * ((row + 1 < high ? row + 1 : high) - (row > y - reach ? row : y - reach));
        for (let column = (x - reach) | 0; column < right; column++) {
          const wide = (column + 1 < right ? column + 1 : right) - (column > x - reach ? column : x - reach);
          const place = row * this.width + column;
          this.pixels[place] = blended(this.pixels[place]!, colours[k]! | 0, (wide * part) | 0);
        }
      }
    }
  }
}

function colourOf([r, g, b]: readonly number[]): number {
  return OPAQUE | (b! << 16) | (g! << 8) | r!;
}
