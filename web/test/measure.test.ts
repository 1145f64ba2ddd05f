import { describe, expect, it } from "vitest";
import type { Course } from "../src/corridor/api";
import type { Cycles, PhasePerformance, Sums } from "../src/measure/api";
import { cycleAt, near, shareOf, spanOf, ticks, topOf, turnsOf, worstFirst } from "../src/measure/purdue";

const NOBODY: Sums = {
  cycles: 0, cycle_s: null, green_s: null, longest_red_s: null, arrivals: null, on_green: null, on_yellow: null, on_red: null,
  platoon: null, volume_vph: null, saturation: null, green_used: null, splits_known: 0, splits_failed: 0, delay_s: null, queue_reaches: null,
};
const CYCLES: Cycles = {
  begin_s: [-300, -200, -100],
  green_s: [40, 40, 40],
  yellow_s: [90, 90, 90],
  length_s: [100, 100, 92],
  arrivals: [[10, 50, 60], [], [80]],
  on_green: [2, 0, 1],
  failed: [false, null, true],
};

function phase(number: number, arrivals: number | null, onRed: number | null, turns: PhasePerformance["turns"] = ["through"]): PhasePerformance {
  const quarter = { ...NOBODY, arrivals, on_red: onRed };
  return { phase: number, name: "", groups: [], link: 0, turns, lanes: 1, seen_by: "loop", quarter, whole: NOBODY, cycles: CYCLES };
}

describe("the worst movement first", () => {
  it("by those who met red, not by their share; what nobody counts comes last", () => {
    const order = worstFirst([phase(1, null, null), phase(2, 10, 1.0), phase(3, 100, 0.3), phase(4, 0, null), phase(5, null, null)]);
    expect(order.map((one) => one.phase)).toEqual([3, 2, 4, 1, 5]);
  });

  it("does not change what it is given", () => {
    const given = [phase(1, 1, 0), phase(2, 1, 1)];
    worstFirst(given);
    expect(given.map((one) => one.phase)).toEqual([1, 2]);
  });
});

describe("the diagram", () => {
  it("shows what is kept: ten minutes at least, an hour at most", () => {
    expect([spanOf(100, 0), spanOf(1500, 0), spanOf(9000, 0)]).toEqual([600, 1500, 3600]);
  });

  it("is as high as the longest cycle that it shows", () => {
    expect(topOf(CYCLES, 600)).toBe(100);
    expect(topOf({ ...CYCLES, length_s: [141, 100, 92] }, 600)).toBe(150);
    expect(topOf({ ...CYCLES, length_s: [141, 100, 92] }, 250), "an older one does not count").toBe(100);
    expect(topOf({ ...CYCLES, begin_s: [], length_s: [] }, 600)).toBe(30);
  });

  it("points at the cycle under the pointer, and at the nearest one beside them all", () => {
    expect([-290, -200, -150, -1].map((at) => cycleAt(CYCLES, at))).toEqual([0, 0, 1, 2]);
    expect(cycleAt(CYCLES, -900)).toBe(0);
    expect(cycleAt({ ...CYCLES, begin_s: [], length_s: [] }, 0)).toBe(-1);
  });

  it("has a share on green only where somebody came", () => {
    expect([0, 1, 2].map((k) => shareOf(CYCLES, k))).toEqual([2 / 3, null, 1]);
  });

  it("has whole minutes beneath, and few of them", () => {
    expect(ticks(3725, 3600)).toEqual([600, 1200, 1800, 2400, 3000, 3600]);
    expect(ticks(1500, 600)).toEqual([960, 1080, 1200, 1320, 1440]);
    for (const span of [600, 1234, 3600]) expect(ticks(5000, span).length).toBeLessThanOrEqual(7);
  });

  it("paints turns as the geometry counts them", () => {
    expect(turnsOf(phase(1, 0, 0, ["through", "right", "left"]))).toEqual([1, 0, 2]);
  });
});

describe("the neighbours of a junction", () => {
  const signals = ["a", "b", "c", "d", "e", "f"];
  const course = {
    signals,
    length_m: 500,
    band: 0.4,
    stations: signals.map((signal, k) => ({ signal, at_m: 100 * k, groups: [], lanes: [], queue: null, greens: [], green_share: null })),
    sections: signals.slice(1).map((_, k) => ({ rows: [k], length_m: 100, time_s: 9, free_s: 8, speed_mps: 11, quality: "measured", onto_green: null, on_green: null })),
  } as unknown as Course;

  it("are so many on each side, and metres count from the first of them", () => {
    const part = near(course, "d", 2)!;
    expect(part.signals).toEqual(["b", "c", "d", "e", "f"]);
    expect(part.stations.map(({ at_m }) => at_m)).toEqual([0, 100, 200, 300, 400]);
    expect([part.length_m, part.band]).toEqual([400, null]);
    expect(part.sections.map(({ rows }) => rows[0])).toEqual([1, 2, 3, 4]);
  });

  it("end where the course ends", () => {
    expect(near(course, "a", 2)!.signals).toEqual(["a", "b", "c"]);
    expect(near(course, "f", 1)!.signals).toEqual(["e", "f"]);
    expect(near(course, "x", 2)).toBeNull();
  });
});
