import { describe, expect, it } from "vitest";
import { lightness, paceColour, PALETTES } from "../src/map/palette";
import type { Geometry } from "../src/live/geometry";
import { alongLane, course, queueStretch } from "../src/map/shapes";
import { de } from "../src/words/de";
import { en } from "../src/words/en";
import { clock, duration, filled, kmh, number, percent } from "../src/words/format";
import { fr } from "../src/words/fr";
import { zh } from "../src/words/zh";

describe("the scale of delay", () => {
  it("begins and ends where it should", () => {
    const { scale } = PALETTES.dark;
    expect(paceColour(scale, 0)).toEqual(scale[0]);
    expect(paceColour(scale, 2)).toEqual(scale.at(-1));
    expect(paceColour(scale, 0.4)).toEqual(scale[2]);
  });

  // Deuteranopia by Machado et al. (2009), full strength, in linear light.
  const deuteranopia = [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]];
  const linear = (v: number): number => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);

  it.each(["dark", "light"] as const)("keeps its steps apart for who sees no green: %s", (theme) => {
    const seen = PALETTES[theme].scale.map((rgb) => deuteranopia.map((row) => row.reduce((sum, w, k) => sum + w * linear(rgb[k]!), 0)));
    for (let a = 0; a < seen.length; a++)
      for (let b = a + 1; b < seen.length; b++)
        expect(Math.hypot(...seen[a]!.map((v, k) => v - seen[b]![k]!)), `${a} and ${b}`).toBeGreaterThan(0.06);
  });

  it.each(["dark", "light"] as const)("stands out from the ground: %s", (theme) => {
    const { ground, scale } = PALETTES[theme];
    for (const colour of scale) {
      const [a, b] = [lightness(ground), lightness(colour)].sort((x, y) => y - x) as [number, number];
      expect((a + 0.05) / (b + 0.05)).toBeGreaterThan(2);
    }
  });
});

describe("lanes", () => {
  // One link of 100 m to the east, bent north at its middle; its lane lies 2 m to the right.
  const g = {
    link_at: Int32Array.of(0, 3),
    link_x: Float32Array.of(0, 50, 50),
    link_y: Float32Array.of(0, 0, 50),
    lane_link: Int32Array.of(0),
    lane_shift: Float32Array.of(2),
    lane_length: Float32Array.of(100),
  } as unknown as Geometry;

  it("lie to the right of their link", () => {
    expect([...course(g, 0, 2)].slice(0, 2)).toEqual([0, -2]);
    expect([...course(g, 0, 2)].slice(4)).toEqual([52, 50]);
  });

  it("end where their stop line is, and queues reach back from there", () => {
    expect(alongLane(g, 0, 1)).toEqual([52, 50]);
    const [x0, y0, x1, y1] = queueStretch(g, 0, 30);
    expect(x0).toBeCloseTo(52, 1);
    expect(y0).toBeCloseTo(49.5, 1);
    expect(Math.hypot(x1 - 52, y1 - 50)).toBeCloseTo(30, -1);
  });
});

describe("words", () => {
  const holes = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();

  it.each(Object.entries({ de, fr, zh }))("%s fills the same holes and leaves nothing empty", (_, table) => {
    for (const [key, text] of Object.entries(en)) {
      const other = table[key as keyof typeof en];
      expect(other.trim(), key).not.toBe("");
      expect(holes(other), key).toEqual(holes(text));
    }
  });

  it("numbers and times follow the language", () => {
    expect(number("de-DE", 1834.5, 1)).toBe("1.834,5");
    expect(number("en-GB", NaN)).toBe("–");
    expect(percent("en-GB", 0.415)).toBe("42%");
    expect(kmh("en-GB", 10)).toBe("36");
    expect(duration("en-GB", 75)).toBe("75 secs");
    expect(duration("en-GB", 3 * 3600)).toBe("3 hrs");
    expect(clock("en-GB", 3725.9)).toBe("01:02:05");
    expect(filled("{a} of {b}", { a: 1 })).toBe("1 of {b}");
  });
});
