import { describe, expect, it } from "vitest";
import type { Park } from "../src/open/open.svelte";
import { freeInAll, parkOrder, shortTime, trend } from "../src/open/tell";

function park(name: string, more: Partial<Park> = {}): Park {
  const known = { kind: null, state: "open", free: 10, spaces: 100, change: null, time: null, quality: "measured" } as const;
  return { facility: name, name, ...known, x_m: null, y_m: null, ...more };
}

describe("parking in words", () => {
  it("names first where one can go, the most free first", () => {
    const parks = [
      park("silent", { state: null, free: null }),
      park("closed", { state: "closed", free: 90 }),
      park("full", { state: "full", free: 5 }),
      park("b", { free: 7 }),
      park("a", { free: 7 }),
      park("most", { free: 70 }),
    ];
    expect(parks.sort(parkOrder).map(({ name }) => name)).toEqual(["most", "a", "b", "full", "closed", "silent"]);
  });

  it("counts as free only what one can drive to and what is not old", () => {
    const all = [
      park("a"),
      park("b", { state: "closed" }),
      park("c", { state: "full" }),
      park("d", { quality: "stale" }),
      park("e", { free: null, state: null }),
      park("f", { free: 3, quality: "estimated" }),
    ];
    expect(freeInAll(all)).toBe(13);
    expect(freeInAll([])).toBe(0);
  });

  it.each([
    [null, 100, 0],
    [2, 10, 0],
    [3, 10, 3],
    [-3, 100, -3],
    [9, 500, 0],
    [10, 500, 10],
    [-4, null, -4],
  ])("a change of %s of %s spaces is told as %s", (change, spaces, told) => {
    expect(trend(park("a", { change, spaces }))).toBe(told);
  });

  it("tells the time without seconds", () => {
    expect(shortTime("en", 7 * 3600 + 30 * 60 + 15)).toBe("07:30");
  });
});
