import { describe, expect, it } from "vitest";
import { PLANES, type Column } from "../src/live/frame";
import type { Vehicles } from "../src/live/store.svelte";
import { Cells, holds, roomier, type Box } from "../src/map/cells";
import { byOwner, even, painted, type RoadPlanes } from "../src/map/paint";
import { paceColour, PALETTES } from "../src/map/palette";
import { spread, triangles } from "../src/map/quads";
import { blended, Raster, type Stroke } from "../src/map/raster";
import { inCells, polyline, type Stretches } from "../src/map/shapes";
import { Style } from "../src/map/styles";
import { fleetOf, fleetWithin, middles, packed } from "../src/map/vehicles";

/** The same numbers every time. */
function draws(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31;
}

describe("cells", () => {
  const draw = draws(7);
  const n = 3000;
  const at = Float32Array.from({ length: 2 * n }, (_, k) => draw() * (k % 2 ? 9000 : 4000) - 2000);
  const cells = new Cells(at, 50);

  it("hold everything once", () => {
    expect([...cells.order].sort((a, b) => a - b)).toEqual([...Array(n).keys()]);
    expect(cells.start.at(-1)).toBe(n);
  });

  it.each([[-300, 100, 500, 900], [-9000, -9000, 9000, 9000], [1990, 6990, 2100, 7100]] as Box[])("find all that is in %d %d %d %d", (...box) => {
    const found = new Set(cells.within(box));
    for (let k = 0; k < n; k++) {
      const [x, y] = [at[2 * k]!, at[2 * k + 1]!];
      if (x + 50 >= box[0] && x - 50 <= box[2] && y + 50 >= box[1] && y - 50 <= box[3]) expect(found.has(k), `${k}`).toBe(true);
    }
  });

  it("leave most of it out where little is in sight, and name nothing twice", () => {
    const found = [...cells.within([0, 0, 200, 200])];
    expect(found.length).toBeLessThan(n / 8);
    expect(new Set(found).size).toBe(found.length);
    expect(cells.count([0, 0, 200, 200])).toBe(found.length);
  });

  it("take nothing, one thing, and many in one place", () => {
    expect(new Cells(new Float32Array(0), 1).within([0, 0, 1, 1])).toHaveLength(0);
    expect([...new Cells(Float32Array.of(5, 5), 1).within([4, 4, 6, 6])]).toEqual([0]);
    expect(new Cells(new Float32Array(600).fill(3), 1).within([0, 0, 9, 9])).toHaveLength(300);
  });

  it("have room around what is in sight", () => {
    expect(roomier([0, 0, 10, 20], 0.5)).toEqual([-5, -10, 15, 30]);
    expect(holds([-5, -10, 15, 30], [0, 0, 10, 20])).toBe(true);
    expect(holds([-5, -10, 15, 30], [0, 0, 16, 20])).toBe(false);
  });
});

describe("corners", () => {
  it("each have what their thing has", () => {
    expect([...spread(Float32Array.of(1, 2, 3, 4), 2)]).toEqual([1, 2, 1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4, 3, 4]);
    const kept = new Uint32Array(4);
    expect(spread(Uint32Array.of(9), 1, kept)).toBe(kept); // written in place
    expect(spread(Uint32Array.of(9, 8), 1, kept)).not.toBe(kept);
  });

  it("make two triangles of four corners", () => {
    expect([...triangles(2)]).toEqual([0, 1, 2, 2, 1, 3, 4, 5, 6, 6, 5, 7]);
  });
});

const streets: Stretches = {
  ends: Float32Array.of(0, 0, 100, 0, 0, 50, 100, 50, 900, 900, 950, 950),
  widths: Float32Array.of(7, 7, 3.5),
  owner: Int32Array.of(0, 1, 2),
  styles: new Float32Array(3),
};

describe("painting", () => {
  const palette = PALETTES.dark;
  const planes: RoadPlanes = { pace: Uint8Array.of(0, 200, 255) as Column, quality: Uint8Array.of(0, 0, 4) as Column, stale: false, difference: null, closed: null };
  const none = { way: new Set<number>(), hot: new Set<number>() };
  const colour = (of: { colours: Uint8Array }, k: number): number[] => [...of.colours.subarray(4 * k, 4 * k + 4)];

  it("gives each street the colour of its pace, slow ones wider, unknown ones thin", () => {
    const found = painted(streets, planes, palette, none);
    expect(colour(found, 0)).toEqual([...paceColour(palette.scale, 0), 255]);
    expect(colour(found, 1)).toEqual([...paceColour(palette.scale, 1), 255]);
    expect(colour(found, 2)).toEqual([...palette.unknown, 255]);
    expect([...found.widths]).toEqual([10.5, 7, expect.closeTo(2.1, 5)]);
    expect([...found.styles]).toEqual([0, 0, 0]);
  });

  it("dashes what is stale, and greys it", () => {
    const found = painted(streets, { ...planes, stale: true }, palette, none);
    expect([...found.styles]).toEqual([Style.Dashed, Style.Dashed, Style.Dashed]);
    expect(colour(found, 0)).not.toEqual([...paceColour(palette.scale, 0), 255]);
  });

  it("lets a way stand out, and a closed street be seen", () => {
    const found = painted(streets, { ...planes, closed: new Set([2]) }, palette, { way: new Set([0, 1]), hot: new Set([1]) });
    expect([...found.widths]).toEqual([14, expect.closeTo(22.4, 4), 3.5]);
    expect(colour(found, 2)).toEqual([...palette.select, 255]);
    expect(found.styles[2]).toBe(Style.Dashed);
  });

  it("shows differences in the stead of paces", () => {
    const found = painted(streets, { ...planes, difference: Float32Array.of(1, -1, 0) }, palette, none);
    expect(colour(found, 0)).toEqual([...palette.worse, 255]);
    expect(colour(found, 1)).toEqual([...palette.better, 255]);
    expect(colour(found, 2)).toEqual([...palette.unknown, 255]);
  });

  it("has one colour for all, or one for each owner", () => {
    expect([...even(2, [1, 2, 3])]).toEqual([1, 2, 3, 255, 1, 2, 3, 255]);
    expect([...byOwner(Int32Array.of(1, 0), (owner) => [owner, 7, 9])]).toEqual([1, 7, 9, 255, 0, 7, 9, 255]);
  });

  it("keeps every stretch as it was where they are put in cells", () => {
    const found = inCells(streets);
    for (let k = 0; k < 3; k++) {
      const row = found.owner[k]!;
      expect([...found.ends.subarray(4 * k, 4 * k + 4)]).toEqual([...streets.ends.subarray(4 * row, 4 * row + 4)]);
      expect(found.widths[k]).toBe(streets.widths[row]);
    }
    expect([...found.owner].sort()).toEqual([0, 1, 2]);
  });

  it("rounds a line at its ends alone", () => {
    expect([...polyline([[0, 0], [1, 0], [1, 1], [2, 1]]).styles]).toEqual([Style.FlatEnd, Style.FlatStart + Style.FlatEnd, Style.FlatStart]);
  });
});

describe("a picture drawn by the processor", () => {
  const red = packed([255, 0, 0]);
  const box: Box = [0, 0, 40, 20];
  const one = (ends: number[], width: number, more: Partial<Stroke> = {}, style = Style.FlatStart + Style.FlatEnd): Stroke => ({
    crowd: { length: 1, ends: Float32Array.from(ends), widths: Float32Array.of(width), colours: Uint8Array.of(255, 0, 0, 255), styles: Float32Array.of(style) },
    ...{ minPixels: 0, maxPixels: 1e6, widthScale: 1, outward: 0, flat: true, mute: 0, base: [0, 0, 0], opacity: 1, ...more },
  });
  const drawn = (...strokes: Stroke[]): Raster => {
    const raster = new Raster(40, 20, 1);
    for (const stroke of strokes) raster.stroke(stroke, box);
    return raster;
  };
  /** Ink in all: of an opaque shape its area in pixels. */
  const ink = (raster: Raster): number => raster.bytes.reduce((sum, byte, k) => sum + (k % 4 === 3 ? byte / 255 : 0), 0);
  const alpha = (raster: Raster, x: number, y: number): number => raster.bytes[4 * (y * raster.width + x) + 3]!;

  it("puts a colour above another", () => {
    expect(blended(0, red, 256) >>> 0).toBe(red);
    expect(blended(red, 0, 0) >>> 0).toBe(red);
    const half = blended(packed([0, 0, 0]), packed([200, 100, 50]), 128);
    expect([half & 255, (half >>> 8) & 255, (half >>> 16) & 255, half >>> 24]).toEqual([100, 50, 25, 255]);
  });

  it.each([[[5, 10, 35, 10]], [[20, 3, 20, 17]], [[5, 4, 33, 15]], [[33, 15, 5, 4]], [[30, 2, 25, 18]]])("covers as much as the line %j is large", (ends) => {
    const [x0, y0, x1, y1] = ends as [number, number, number, number];
    const area = 3 * Math.hypot(x1 - x0, y1 - y0);
    expect(Math.abs(ink(drawn(one(ends, 3))) - area)).toBeLessThan(0.05 * area);
  });

  it("begins at the top, as pictures do", () => {
    const raster = drawn(one([10, 18, 30, 18], 2));
    expect([alpha(raster, 20, 1), alpha(raster, 20, 2), alpha(raster, 20, 18)]).toEqual([255, 255, 0]);
  });

  it("never draws thinner than it should, and grows to the right of the way", () => {
    expect(ink(drawn(one([5, 10, 35, 10], 0.1, { minPixels: 2 })))).toBeCloseTo(60, 0);
    const raster = drawn(one([5, 10, 35, 10], 2, { widthScale: 2, outward: 1 }));
    expect([8, 9, 10, 11, 12].map((row) => alpha(raster, 20, row))).toEqual([0, 255, 255, 255, 255]); // 9 and 10 are its own
  });

  it("rounds the ends of what is wide", () => {
    const flat = ink(drawn(one([12, 10, 28, 10], 8)));
    const round = ink(drawn(one([12, 10, 28, 10], 8, {}, Style.Round)));
    expect(Math.abs(round - flat - Math.PI * 16)).toBeLessThan(2);
  });

  it("draws a dashed line half", () => {
    const whole = ink(drawn(one([2, 10, 38, 10], 2)));
    const dashed = ink(drawn(one([2, 10, 38, 10], 2, {}, Style.Dashed + 6))) / whole;
    expect(Math.abs(dashed - 0.5)).toBeLessThan(0.1);
  });

  it("cuts off what is out of sight, on all sides", () => {
    for (const ends of [[-50, 10, 90, 10], [20, -50, 20, 90], [-30, -30, 70, 50], [500, 500, 600, 600], [-5, 30, 50, 30]])
      for (const value of drawn(one(ends, 6, {}, Style.Round)).bytes) expect(value).toBeLessThanOrEqual(255);
    expect(ink(drawn(one([-50, 10, 90, 10], 2)))).toBeCloseTo(80, 0);
    expect(ink(drawn(one([500, 500, 600, 600], 2)))).toBe(0);
  });

  it("mutes a colour, and lets what is below show through", () => {
    const muted = drawn(one([5, 10, 35, 10], 4, { mute: 0.5, base: [0, 0, 255] }));
    const at = 4 * (10 * 40 + 20);
    expect([...muted.bytes.subarray(at, at + 4)].map((v, k) => Math.abs(v - [127, 0, 127, 255][k]!) < 3)).toEqual([true, true, true, true]);
    expect(alpha(drawn(one([5, 10, 35, 10], 4, { opacity: 0.5 })), 20, 10)).toBe(127);
  });

  it("spreads a dot over what it touches, at its place at that moment", () => {
    const raster = new Raster(40, 20, 1);
    raster.dots(Float32Array.of(10, 10, 20, 10, 500, 500, 500, 500), Uint32Array.of(red, red), 0.5, 2, 1, box);
    expect(ink(raster)).toBeCloseTo(Math.PI, 0);
    expect([alpha(raster, 14, 9), alpha(raster, 15, 10), alpha(raster, 10, 10)]).toEqual([200, 200, 0]);
    raster.clear();
    expect(ink(raster)).toBe(0);
  });
});

describe("a fleet", () => {
  const vehicles = (timeS: number, id: number[], x: number[], y: number[], heading: number[], kind: number[]): Vehicles => ({
    timeS,
    atMs: 0,
    columns: new Map<number, Column>([
      [PLANES.vehicleId, Uint32Array.from(id)],
      [PLANES.vehicleX, Float32Array.from(x)],
      [PLANES.vehicleY, Float32Array.from(y)],
      [PLANES.vehicleHeading, Uint8Array.from(heading)],
      [PLANES.vehicleClass, Uint8Array.from(kind)],
    ]),
  });
  const before = vehicles(1, [5, 4_000_000_000], [0, 100], [0, 0], [250, 0], [1, 2]);
  const now = vehicles(2, [4_000_000_000, 5, 6], [110, 10, 50], [0, 0, 50], [0, 4, 64], [2, 1, 1]);
  const fleet = fleetOf(now, before, (kind) => (kind === 2 ? [1, 2, 3] : [9, 9, 9]));

  it("goes from where each vehicle was, turning the short way", () => {
    expect([...fleet.from.subarray(0, 2)]).toEqual([100, 0]);
    expect([...fleet.from.subarray(4, 6)]).toEqual([0, 0]);
    expect(fleet.from[7]).toBeCloseTo((10 * Math.PI) / 128, 5);
    expect([...fleet.from.subarray(8, 12)]).toEqual([50, 50, expect.closeTo(Math.PI / 2, 5), 0]); // it has just come
    expect([fleet.colours[0], fleet.sizes[0]]).toEqual([packed([1, 2, 3]), 12]);
  });

  it("finds small numbers as it finds large ones", () => {
    const small = fleetOf(vehicles(2, [7], [3], [4], [0], [1]), vehicles(1, [9, 7], [1, 2], [1, 4], [0, 0], [1, 1]), () => [0, 0, 0]);
    expect([...small.from.subarray(0, 2)]).toEqual([2, 4]);
  });

  it("does not fly over the city", () => {
    const far = fleetOf(vehicles(2, [7], [3000], [4], [0], [1]), vehicles(1, [7], [1], [4], [0], [1]), () => [0, 0, 0]);
    expect(far.from[0]).toBe(3000);
  });

  it("keeps those in sight, and knows their middles", () => {
    const seen = fleetWithin(fleet, [-20, -20, 20, 20]);
    expect([seen.length, seen.to[0], seen.sizes[0]]).toEqual([1, 10, 4.5]);
    const [x0, y0, x1, y1] = middles(fleet).subarray(0, 4);
    expect([x0, y0, x1, y1].map((v) => Math.round(v!))).toEqual([94, 0, 104, 0]);
  });
});
