/** Colours of the map in both themes. The scale of delay goes from blue over yellow to crimson, so that those who do
 * not see red and green apart read it by hue and by lightness, and slow links are drawn wider as well. */

export type Rgb = readonly [number, number, number];
export type Theme = "dark" | "light";

export interface Palette {
  ground: Rgb;
  water: Rgb;
  casing: Rgb;
  asphalt: Rgb; // of lanes near by
  marks: Rgb;
  unknown: Rgb;
  scale: readonly Rgb[]; // from standing to free
  vehicle: Rgb;
  bus: Rgb;
  truck: Rgb;
  emergency: Rgb;
  queue: Rgb;
  label: Rgb;
  halo: Rgb;
  select: Rgb;
  worse: Rgb; // of a difference
  better: Rgb;
  lights: readonly Rgb[]; // by Colour
  health: readonly Rgb[]; // by Health
}

const LIGHTS: readonly Rgb[] = [[232, 62, 66], [245, 140, 60], [250, 190, 60], [120, 130, 138], [64, 190, 170], [70, 200, 140], [40, 214, 130]];

export const PALETTES: Record<Theme, Palette> = {
  dark: {
    ground: [13, 18, 23],
    water: [18, 34, 46],
    casing: [30, 39, 47],
    asphalt: [38, 46, 54],
    marks: [92, 104, 114],
    unknown: [62, 72, 81],
    scale: [[230, 48, 100], [240, 112, 84], [242, 193, 78], [104, 160, 176], [58, 108, 142]],
    vehicle: [226, 234, 240],
    bus: [122, 200, 255],
    truck: [200, 180, 150],
    emergency: [255, 90, 120],
    queue: [255, 148, 120],
    label: [150, 164, 175],
    halo: [13, 18, 23],
    select: [255, 255, 255],
    worse: [240, 80, 90],
    better: [70, 160, 220],
    lights: LIGHTS,
    health: [[90, 200, 170], [110, 120, 130], [232, 62, 66], [242, 193, 78], [242, 140, 78], [190, 140, 250]],
  },
  light: {
    ground: [242, 244, 245],
    water: [208, 224, 234],
    casing: [255, 255, 255],
    asphalt: [214, 219, 223],
    marks: [255, 255, 255],
    unknown: [186, 194, 200],
    scale: [[160, 10, 70], [214, 72, 44], [206, 142, 0], [112, 166, 190], [88, 136, 172]],
    vehicle: [28, 38, 46],
    bus: [10, 90, 170],
    truck: [110, 84, 50],
    emergency: [200, 0, 60],
    queue: [190, 40, 60],
    label: [80, 92, 102],
    halo: [242, 244, 245],
    select: [12, 18, 22],
    worse: [180, 20, 50],
    better: [10, 96, 170],
    lights: LIGHTS,
    health: [[20, 140, 112], [130, 140, 148], [200, 30, 40], [190, 130, 0], [205, 95, 20], [120, 70, 200]],
  },
};

/** Colour of a pace (speed / limit, 0 to 1). Steps are even between standing and four fifths of the limit. */
export function paceColour(scale: readonly Rgb[], pace: number): Rgb {
  const place = Math.min(Math.max(pace / 0.8, 0), 1) * (scale.length - 1);
  const k = Math.min(Math.floor(place), scale.length - 2);
  const [a, b, t] = [scale[k]!, scale[k + 1]!, place - k];
  return [0, 1, 2].map((c) => Math.round(a[c]! + (b[c]! - a[c]!) * t)) as unknown as Rgb;
}

/** Lightness of a colour as the eye weighs it, 0 to 1. */
export function lightness([r, g, b]: Rgb): number {
  const [x, y, z] = [r, g, b].map((v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * x! + 0.7152 * y! + 0.0722 * z!;
}
