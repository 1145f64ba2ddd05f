import { describe, expect, it } from "vitest";
import { feedOf, Rhythm } from "../src/live/freshness";
import type { Geometry } from "../src/live/geometry";
import { troubles, type Place } from "../src/live/places";
import { inCycle, phaseAt, planOf, secondsTo } from "../src/live/plan";

describe("freshness", () => {
  const beaten = (gapMs: number): Rhythm => {
    const rhythm = new Rhythm();
    for (let k = 0; k < 10; k++) rhythm.beat(k * gapMs);
    return rhythm;
  };

  it("a frozen feed is marked within two periods", () => {
    const rhythm = beaten(1000);
    const at = (ms: number) => feedOf(true, rhythm.ageMs(9000 + ms), rhythm.periodMs, 1);
    expect(at(1000)).toBe("live");
    // the page looks five times a second: the last look before two periods is no earlier than 1.8 of them
    expect(at(1801)).toBe("late");
  });

  it("follows the period of the feed, and several frames at once do not shorten it", () => {
    const rhythm = beaten(4000);
    rhythm.beat(36_001);
    rhythm.beat(36_002);
    expect(rhythm.periodMs).toBe(4000);
    expect(beaten(100).periodMs).toBe(1000);
  });

  it("says why: no line, no sensor", () => {
    expect(feedOf(false, 5000, 1000, 1)).toBe("down");
    expect(feedOf(true, 500, 1000, 60)).toBe("blind");
    expect(feedOf(true, 500, 1000, NaN)).toBe("live");
    expect(feedOf(true, NaN, 1000, NaN)).toBe("starting");
  });
});

describe("a plan", () => {
  const g = {
    signal_plan: Int32Array.of(0, -1),
    plan_id: ["a:0"],
    plan_kind: Uint8Array.of(0),
    plan_offset: Float32Array.of(10),
    plan_first_phase: Int32Array.of(0),
    plan_phases: Int32Array.of(4),
    phase_duration: Float32Array.of(30, 3, 25, 2),
    phase_at: Int32Array.of(0, 2, 4, 6, 8),
    phase_colours: Uint8Array.of(6, 0, 2, 0, 0, 5, 0, 0),
  } as unknown as Geometry;

  it("numbers its stages: green, and no yellow", () => {
    expect(planOf(g, 0)!.phases.map(({ stage }) => stage)).toEqual([1, 0, 2, 0]);
    expect(planOf(g, 0)!.cycleS).toBe(60);
    expect(planOf(g, 1)).toBeNull();
  });

  it("knows where the clock has it", () => {
    const plan = planOf(g, 0)!;
    expect(inCycle(plan, 10)).toBe(0);
    expect(inCycle(plan, 5)).toBe(55);
    expect(phaseAt(plan, 43)!.stage).toBe(2);
    expect(phaseAt(plan, 42)!.stage).toBe(0);
  });

  it("counts seconds over the end of the clock's ring", () => {
    expect(secondsTo(12, 10.4)).toBe(2);
    expect(secondsTo(3, 65_533)).toBe(5);
    expect(secondsTo(65_535, 10)).toBeNull();
  });
});

describe("the worst junction", () => {
  const g = { lane_length: Float32Array.of(75, 75) } as unknown as Geometry;
  const place = (signal: number, link: number): Place => ({ signal, id: `${signal}`, name: "", x: 0, y: 0, links: [link], lanes: [link] });
  const two = [place(0, 0), place(1, 1)];

  it("is where most vehicles stand", () => {
    const [first] = troubles(g, two, Uint8Array.of(180, 20), Uint16Array.of(40, 40), Uint8Array.of(0, 12));
    expect(first!.place.signal).toBe(1);
    expect(first!.lost).toBeCloseTo(9);
    expect(first!.queue).toBe(6);
  });

  it("counts nothing where nothing is known, and sees a full lane", () => {
    const found = troubles(g, two, Uint8Array.of(255, 0), Uint16Array.of(400, 4), Uint8Array.of(255, 20));
    expect(found.map(({ lost, full }) => [lost, full])).toEqual([[1, true], [0, false]]);
  });
});
