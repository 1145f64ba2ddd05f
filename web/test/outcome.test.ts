import { describe, expect, it } from "vitest";
import { PLANES, UNKNOWN_8 } from "../src/live/frame";
import { isEmpty, nothing, type Links, type Result } from "../src/whatif/api";
import { course, difference, differenceOf, scaleOf } from "../src/whatif/outcome";

const links = (vehicles: number[], pace: (number | null)[]): Links => ({ vehicles, pace });
const result = (alone: number[], changed: number[]): Result =>
  ({ links: { alone: links(alone, []), changed: links(changed, []) } }) as unknown as Result;

describe("an outcome on the map", () => {
  it("shows each course by its pace, and what nobody left as not known", () => {
    const source = course(links([1, 2, 3], [0.5, null, 1.4]), new Set([1]));
    expect([...source.plane(PLANES.linkPace)]).toEqual([100, UNKNOWN_8, 254]);
    expect(source.closed?.has(1)).toBe(true);
    expect(source.plane(PLANES.laneQueue).length).toBe(0);
  });

  it("no difference is none, whatever the numbers", () => {
    const same = result([0, 3.5, 12], [0, 3.5, 12]);
    expect([...difference(same, new Set()).difference!]).toEqual([0, 0, 0]);
  });

  it("more vehicles are worse, and the ends of the scale are the greatest differences", () => {
    const found = result([0, 10, 4, 4], [8, 2, 4, 5]);
    expect([...differenceOf(found)]).toEqual([8, -8, 0, 1]);
    expect(scaleOf(differenceOf(found))).toBe(8);
    expect([...difference(found, new Set()).difference!]).toEqual([1, -1, 0, 0.125]);
  });

  it("small differences are not blown up: the scale never ends below a vehicle", () => {
    const found = result([1, 1], [1.1, 0.9]);
    expect(scaleOf(differenceOf(found))).toBe(1);
    expect(difference(found, new Set()).difference![0]).toBeCloseTo(0.1);
  });
});

it("a question without a change is empty, and any change is one", () => {
  expect(isEmpty(nothing())).toBe(true);
  expect(isEmpty({ ...nothing(), minutes: 60, seeds: 10, signals: ["J1"] })).toBe(true);
  expect(isEmpty({ ...nothing(), demand_factor: 0.9 })).toBe(false);
  expect(isEmpty({ ...nothing(), closures: [{ link: "L1", lane: null }] })).toBe(false);
});
