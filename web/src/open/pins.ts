/** What the public map draws above the streets: disruptions, and the road or place that somebody has tapped. */

import type { Layer } from "@deck.gl/core";
import { ScatterplotLayer, TextLayer } from "@deck.gl/layers";
import type { Geometry } from "../live/geometry";
import { CapsuleLayer, type Crowd } from "../map/capsules";
import { even } from "../map/paint";
import type { Palette, Rgb } from "../map/palette";
import { polyline } from "../map/shapes";

export interface Pin {
  number: number;
  at: [number, number];
}

const SIGN: Rgb = [245, 184, 73];
const SIGN_INK: Rgb = [28, 20, 0];

/** Marks with an exclamation mark, of the same size at any distance. */
export function pinLayers(pins: Pin[], chosen: number, palette: Palette): Layer[] {
  if (!pins.length) return [];
  const line = (pin: Pin): [number, number, number, number] => [...(pin.number === chosen ? palette.select : palette.ground), 255];
  return [
    new ScatterplotLayer<Pin>({
      id: "pins",
      data: pins,
      getPosition: ({ at }) => at,
      radiusUnits: "pixels",
      lineWidthUnits: "pixels",
      getRadius: ({ number }) => (number === chosen ? 13 : 10),
      getFillColor: [...SIGN, 255],
      getLineColor: line,
      getLineWidth: 2.5,
      stroked: true,
      updateTriggers: { getRadius: chosen, getLineColor: [chosen, palette.ground] },
    }),
    new TextLayer<Pin>({
      id: "pin-signs",
      data: pins,
      getPosition: ({ at }) => at,
      getText: () => "!",
      getSize: 15,
      getColor: [...SIGN_INK, 255],
      fontWeight: 800,
      fontFamily: "Inter Variable, system-ui, sans-serif",
      characterSet: "!",
    }),
  ];
}

export interface ParkPin {
  facility: string;
  at: [number, number];
  free: boolean; // one can drive there
}

const PARK: Rgb = [29, 95, 196];
const NO_PARK: Rgb = [106, 112, 122];

/** A P for every place to park; grey where nobody gets in. */
export function parkLayers(parks: ParkPin[], chosen: string, palette: Palette): Layer[] {
  if (!parks.length) return [];
  return [
    new ScatterplotLayer<ParkPin>({
      id: "parks",
      data: parks,
      getPosition: ({ at }) => at,
      radiusUnits: "pixels",
      lineWidthUnits: "pixels",
      getRadius: ({ facility }) => (facility === chosen ? 12 : 8),
      getFillColor: ({ free }) => [...(free ? PARK : NO_PARK), 255],
      getLineColor: ({ facility }) => [...(facility === chosen ? palette.select : palette.ground), 255],
      getLineWidth: 2,
      stroked: true,
      updateTriggers: { getRadius: chosen, getLineColor: [chosen, palette.ground], getFillColor: parks },
    }),
    new TextLayer<ParkPin>({
      id: "park-signs",
      data: parks,
      getPosition: ({ at }) => at,
      getText: () => "P",
      getSize: ({ facility }) => (facility === chosen ? 16 : 11),
      getColor: [255, 255, 255, 255],
      fontWeight: 800,
      fontFamily: "Inter Variable, system-ui, sans-serif",
      characterSet: "P",
      updateTriggers: { getSize: chosen },
    }),
  ];
}

/** A road's links as one line beside which nothing else is that bright. */
export function roadLayers(g: Geometry, rows: number[], palette: Palette): Layer[] {
  if (!rows.length) return [];
  const of = polyline(rows.flatMap((row) => course(g, row)));
  const crowd: Crowd = { ...of, length: of.owner.length, colours: even(of.owner.length, palette.select) };
  return [
    new CapsuleLayer({ id: "road-halo", crowd, minPixels: 13, opacity: 0.042 } as never),
    new CapsuleLayer({ id: "road", crowd, minPixels: 2.5 } as never),
  ];
}

function course(g: Geometry, row: number): [number, number][] {
  const points: [number, number][] = [];
  for (let p = g.link_at[row]!; p < g.link_at[row + 1]!; p++) points.push([g.link_x[p]!, g.link_y[p]!]);
  return points;
}

/** The middle of some links, and how far they reach: [x, y, metres]. */
export function reach(g: Geometry, rows: number[]): [number, number, number] {
  const points = rows.flatMap((row) => course(g, row));
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [left, right, low, high] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  return [(left + right) / 2, (low + high) / 2, Math.max(right - left, high - low, 100)];
}
