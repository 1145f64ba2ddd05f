import { expect, test } from "vitest";
import { canUndo, holds, leastRole, type Action, type Steered } from "../src/act/kinds";
import { listed, type Row } from "../src/act/listing";
import { alike, segments, trafficShift, type Effect, type Side, type Timing } from "../src/act/timing";

const action: Action = { number: 3, kind: "mode", who: "ann", why: "x", time: null, state: "done", detail: "", undoes: 0, undone_by: 0, changes: [{ signal: "J1", before: "control", after: "observe" }] };

test("only what was done, once, and can be taken back is offered to be undone", () => {
  expect(canUndo(action)).toBe(true);
  expect(canUndo({ ...action, undone_by: 4 })).toBe(false);
  expect(canUndo({ ...action, state: "refused" })).toBe(false);
  for (const [kind, can] of [["plan", true], ["apply", true], ["decline", true], ["release", false], ["stop", false], ["allow", false]] as const)
    expect(canUndo({ ...action, kind }), kind).toBe(can);
});

test("handing a street over needs manage, also by undoing what took it back", () => {
  expect(leastRole({ kind: "mode", mode: "observe" })).toBe("operate");
  expect(leastRole({ kind: "mode", mode: "control" })).toBe("manage");
  expect(leastRole({ kind: "mode", undoes: action })).toBe("manage");
  expect(leastRole({ kind: "release" })).toBe("configure");
  expect([holds("manage", "operate"), holds("view", "operate"), holds("operate", "operate")]).toEqual([true, false, true]);
});

const row = (signal: string, name: string, more: Partial<Steered> = {}): Row => ({
  name,
  lost: 0,
  queue: 0,
  full: false,
  signal: { row: 0, signal, areas: ["north"], mode: "recommend", steerable: true, in_sight: true, stage: 0, advised_stage: null, applied_stage: null, declined_stage: null, latched: false, fault: null, plan: null, ...more },
});
const ROWS = [row("J1", "Alley 10", { latched: true }), row("J2", "Alley 9", { advised_stage: 1 }), row("J3", "Quay", { mode: "control", in_sight: false })];
const rank = new Map([["J3", 0], ["J1", 1], ["J2", 2]]);
const ids = (rows: Row[]): string[] => rows.map(({ signal }) => signal.signal);

test("signals are found, picked and ordered", () => {
  const wanted = { sought: "", choice: "all", order: "delay", rank } as const;
  expect(ids(listed(ROWS, wanted))).toEqual(["J3", "J1", "J2"]);
  expect(ids(listed(ROWS, { ...wanted, order: "name" }))).toEqual(["J2", "J1", "J3"]); // 9 before 10
  expect(ids(listed(ROWS, { ...wanted, order: "mode" }))).toEqual(["J3", "J1", "J2"]);
  expect(ids(listed(ROWS, { ...wanted, sought: "alley north" }))).toEqual(["J1", "J2"]);
  expect(ids(listed(ROWS, { ...wanted, sought: "alley south" }))).toEqual([]);
  for (const [choice, found] of [["advised", ["J2"]], ["latched", ["J1"]], ["steered", ["J3"]], ["unseen", ["J3"]]] as const)
    expect(ids(listed(ROWS, { ...wanted, choice })), choice).toEqual(found);
});

test("the greens and changes of a plan fill its cycle", () => {
  const plan: Timing = { cycle_s: 60, offset_s: 7, steps: [{ stage: 0, green_s: 30 }, { stage: 2, green_s: 20 }] };
  const found = segments({ plan, changes_s: [4, 6] });
  expect(found.map(({ begin }) => begin * 60)).toEqual([0, 34]);
  expect(found.at(-1)!.begin * 60 + found.at(-1)!.width * 60 + 6).toBeCloseTo(60);
  expect(alike(plan, { ...plan, offset_s: 0 })).toBe(true);
  expect(alike(plan, { ...plan, steps: [{ stage: 0, green_s: 31 }, plan.steps[1]!] })).toBe(false);
});

test("how much the traffic differs is known only where both sides are", () => {
  const side = (flow_vph: number | null): Side => ({ minutes: 9, delay_s: 1, delay_low_s: 1, delay_high_s: 1, queue: 1, queue_low: 1, queue_high: 1, flow_vph });
  const effect = (a: number | null, b: number | null): Effect => ({ before: side(a), after: side(b) }) as Effect;
  expect(trafficShift(effect(400, 500))).toBeCloseTo(0.25);
  expect(trafficShift(effect(null, 500))).toBeNull();
});
