import { describe, expect, it } from "vitest";
import { endsOf, pathOf } from "../src/corridor/api";
import { crossing, delayS, minutesSeconds } from "../src/corridor/say";
import { Tracks, TRACKS_MOST } from "../src/corridor/tracks";
import { bandsOf, grown, isGreen, meet, moved, planned, type Span } from "../src/corridor/wave";
import { PLANES, type Planes } from "../src/live/frame";
import type { Geometry } from "../src/live/geometry";
import type { Plan } from "../src/live/plan";
import { de } from "../src/words/de";
import { en } from "../src/words/en";
import { fr } from "../src/words/fr";
import { zh } from "../src/words/zh";

describe("greens", () => {
  it("meet where both are", () => {
    expect(meet([[0, 10], [20, 30]], [[5, 25]])).toEqual([[5, 10], [20, 25]]);
    expect(meet([[0, 10]], [[10, 20]])).toEqual([]);
    expect(meet([], [[0, 1]])).toEqual([]);
  });

  it("grow with every second that is seen, and a new one begins after a red", () => {
    expect(grown([[0, 10]], 11)).toEqual([[0, 11]]);
    expect(grown([[0, 10]], 10)).toEqual([[0, 10]]);
    expect(grown([[0, 10]], 12)).toEqual([[0, 12]]); // a second that was missed is no red
    expect(grown([[0, 10]], 40)).toEqual([[0, 10], [39, 40]]);
    expect(grown([], 5)).toEqual([[4, 5]]);
  });

  it("are green, not yellow, not unknown", () => {
    expect([0, 1, 2, 3, 4, 5, 6, 255, undefined].map(isGreen)).toEqual([false, false, false, false, false, true, true, false, false]);
  });

  const plan: Plan = {
    id: "a:0",
    actuated: false,
    cycleS: 60,
    offsetS: 10,
    phases: [
      { beginS: 0, durationS: 20, colours: Uint8Array.of(6, 0), stage: 1 },
      { beginS: 20, durationS: 10, colours: Uint8Array.of(6, 0), stage: 2 },
      { beginS: 30, durationS: 5, colours: Uint8Array.of(2, 0), stage: 0 },
      { beginS: 35, durationS: 25, colours: Uint8Array.of(0, 5), stage: 3 },
    ],
  };

  it("come by the plan, cycle after cycle, cut at both ends", () => {
    expect(planned(plan, [0], 15, 75)).toEqual([[15, 40], [70, 75]]);
    expect(planned(plan, [1], 15, 75)).toEqual([[45, 70]]);
    expect(planned(plan, [0, 1], 10, 70)).toEqual([[10, 40], [45, 70]]);
    expect(planned({ ...plan, cycleS: 0 }, [0], 0, 60)).toEqual([]);
  });
});

describe("bands", () => {
  const every = (offset: number): Span[] => [0, 60, 120].map((begin): Span => [begin + offset, begin + offset + 25]);

  it("a wave that fits lets the whole green through", () => {
    const { legs, through } = bandsOf([every(0), every(15), every(35)], [15, 20]);
    expect(through).toEqual(every(0));
    expect(legs).toEqual([every(0), every(15)]);
  });

  it("a band is what every line has left of it", () => {
    const { legs, through } = bandsOf([every(0), every(20), every(45)], [15, 20]);
    expect(legs[0]![0]).toEqual([5, 25]);
    expect(legs[1]![0]).toEqual([25, 45]);
    expect(through[0]).toEqual([10, 25]);
    for (const [from, to] of through) expect(meet([[from, to]], legs[0]!)).toEqual([[from, to]]);
  });

  it("there is none where greens pass each other", () => {
    expect(bandsOf([[[0, 20]], [[50, 70]]], [10]).through).toEqual([]);
    expect(moved([[0, 1]], 5)).toEqual([[5, 6]]);
  });
});

describe("tracks", () => {
  // Two links eastwards with two lanes to the right of their line, 20 m of junction between them, and one back.
  const g = {
    link_at: Int32Array.of(0, 2, 5, 7),
    link_x: Float32Array.of(0, 200, 220, 320, 420, 420, 0),
    link_y: Float32Array.of(0, 0, 0, 0, 0, 0, 0),
    link_length: Float32Array.of(200, 210, 420),
    link_first_lane: Int32Array.of(0, 2, 4),
    link_lanes: Uint8Array.of(2, 2, 2),
    lane_shift: Float32Array.of(5, 1.75, 5, 1.75, 5, 1.75),
    lane_width: Float32Array.of(3.5, 3.5, 3.5, 3.5, 3.5, 3.5),
  } as unknown as Geometry;
  const make = (): Tracks => new Tracks(g, [0, 1], [0, 220], 100);
  const moving = (rows: [number, number, number, number][]): Planes =>
    new Map<number, Uint32Array | Float32Array | Uint8Array>([
      [PLANES.vehicleId, Uint32Array.from(rows.map(([id]) => id))],
      [PLANES.vehicleX, Float32Array.from(rows.map(([, x]) => x))],
      [PLANES.vehicleY, Float32Array.from(rows.map(([, , y]) => y))],
      [PLANES.vehicleHeading, Uint8Array.from(rows.map(([, , , turn]) => turn))],
    ]);

  it("a vehicle is as far as its link has been driven", () => {
    const tracks = make();
    expect(tracks.at(50, -3, 0)).toBeCloseTo(50);
    expect(tracks.at(270, -5, 0)).toBeCloseTo(220 + 50 * 1.05); // drawn 200 m, 210 m long
    expect(tracks.at(419, -2, 0)).toBeCloseTo(220 + 199 * 1.05);
  });

  it("who drives against it, across it or beside it is not on it", () => {
    const tracks = make();
    expect(tracks.at(50, 3, Math.PI)).toBeNaN();
    expect(tracks.at(50, -3, Math.PI)).toBeNaN();
    expect(tracks.at(50, -3, Math.PI / 2)).toBeNaN();
    expect(tracks.at(50, -12, 0)).toBeNaN();
    expect(tracks.at(50, 9, 0)).toBeNaN();
    expect(tracks.at(1e6, 1e6, 0)).toBeNaN();
  });

  it("tracks go forwards, forget what is old, and are bounded", () => {
    const tracks = make();
    for (let s = 0; s < 150; s++) tracks.take(s, moving([[7, Math.min(s * 2, 199), -3, 0]]));
    const { timeS, atM } = tracks.tracks.get(7)!;
    expect(timeS[0]).toBe(49);
    expect(atM.every((at, k) => k === 0 || at >= atM[k - 1]!)).toBe(true);
    tracks.take(149, moving([[7, 10, -3, 0]]));
    expect(tracks.tracks.get(7)!.timeS.at(-1)).toBe(149); // a frame that comes twice counts once
    expect(timeS.length).toBe(101);
    tracks.take(150, moving([[7, 2, -3, 0]]));
    expect(tracks.tracks.get(7)!.timeS).toEqual([150]); // another round
    tracks.take(300, moving([[8, 2, -3, 0]]));
    expect([...tracks.tracks.keys()]).toEqual([8]);
    tracks.take(301, moving(Array.from({ length: TRACKS_MOST + 50 }, (_, k) => [100 + k, 20, -3, 0])));
    expect(tracks.tracks.size).toBe(TRACKS_MOST);
  });
});

describe("addresses and words", () => {
  it("a route names two signals that are known, whatever their names hold", () => {
    expect(endsOf("a~b", new Set(["a", "b"]))).toEqual(["a", "b"]);
    expect(endsOf("a~b~c", new Set(["a~b", "c"]))).toEqual(["a~b", "c"]);
    expect(endsOf("a~x", new Set(["a", "b"]))).toBeNull();
    expect(pathOf("s1-s3", null)).toBe("corridors/s1-s3");
    expect(pathOf("a~b", ["a", "b&c"])).toBe("routes?from=a&to=b%26c");
  });

  it("a junction on a street is called by what crosses there", () => {
    expect(crossing("Main / 3rd", "Main")).toBe("3rd");
    expect(crossing("Main / 3rd (S7)", "Main")).toBe("3rd");
    expect(crossing("Main", "Main")).toBe("Main");
    expect(crossing("Main (S7)", "Main")).toBe("Main (S7)");
    expect(crossing("S7", "")).toBe("S7");
  });

  it("what is not known is a dash, never zero", () => {
    expect([0, 59.6, 61, 3725, null, NaN].map((s) => minutesSeconds(s))).toEqual(["0:00", "1:00", "1:01", "62:05", "–", "–"]);
    expect(delayS({ time_s: null, free_s: 10 })).toBeNull();
    expect(delayS({ time_s: 9, free_s: 10 })).toBe(0);
  });

  it("every language has every word, with the same things filled in", () => {
    const names = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!).sort();
    for (const [key, text] of Object.entries(en).filter(([key]) => key.startsWith("way")))
      for (const [language, table] of Object.entries({ de, fr, zh })) {
        expect(names((table as Record<string, string>)[key]!), `${language}.${key}`).toEqual(names(text));
        expect((table as Record<string, string>)[key]).not.toBe("");
      }
  });
});
