/** A signal's plan, read from the drawing: phases, stages, and where in the cycle the clock has it. */

import { UNKNOWN_16, type Column } from "./frame";
import type { Geometry } from "./geometry";

const YELLOW = 2;
const GREEN_FROM = 4;

export interface Phase {
  beginS: number;
  durationS: number;
  colours: Uint8Array; // of the signal's groups
  stage: number; // from 1; 0 = between two stages
}

export interface Plan {
  id: string;
  actuated: boolean;
  cycleS: number;
  offsetS: number;
  phases: Phase[];
}

/** The default plan of a signal; null = none. A stage is a phase with some green and no yellow. */
export function planOf(g: Geometry, signal: number): Plan | null {
  const plan = g.signal_plan[signal] ?? -1;
  if (plan < 0) return null;
  const phases: Phase[] = [];
  let [beginS, stage] = [0, 0];
  for (let k = 0; k < g.plan_phases[plan]!; k++) {
    const phase = g.plan_first_phase[plan]! + k;
    const colours = g.phase_colours.subarray(g.phase_at[phase]!, g.phase_at[phase + 1]!);
    const isStage = colours.some((colour) => colour >= GREEN_FROM) && !colours.includes(YELLOW);
    const durationS = g.phase_duration[phase]!;
    phases.push({ beginS, durationS, colours, stage: isStage ? ++stage : 0 });
    beginS += durationS;
  }
  return { id: g.plan_id[plan]!, actuated: g.plan_kind[plan] === 1, cycleS: beginS, offsetS: g.plan_offset[plan]!, phases };
}

/** Second of the cycle that begins at a time. */
export function inCycle(plan: Plan, timeS: number): number {
  return plan.cycleS > 0 ? (((timeS - plan.offsetS) % plan.cycleS) + plan.cycleS) % plan.cycleS : 0;
}

/** The phase that the clock has the plan in. */
export function phaseAt(plan: Plan, timeS: number): Phase | undefined {
  const at = inCycle(plan, timeS);
  return plan.phases.find(({ beginS, durationS }) => at >= beginS && at < beginS + durationS);
}

/** Seconds until a change that a frame told modulo 65,535; null = not known. */
export function secondsTo(change: number | undefined, timeS: number): number | null {
  if (change === undefined || change === UNKNOWN_16) return null;
  const left = (((change - Math.floor(timeS)) % UNKNOWN_16) + UNKNOWN_16) % UNKNOWN_16;
  return left < 3600 ? left : null;
}

/** Whether the signal shows what its plan says: then frames tell when its groups change. */
export function followsPlan(g: Geometry, signal: number, change: Column): boolean {
  const first = g.signal_first_group[signal]!;
  for (let group = first; group < first + g.signal_groups[signal]!; group++)
    if (change[group] !== undefined && change[group] !== UNKNOWN_16) return true;
  return false;
}

export interface GroupInfo {
  group: number;
  link: number; // approach
  turns: number[]; // Turn: 0 through, 1 left, 2 right, 3 back
}

/** What each group of a signal lets go, in the order of approaches and turns. */
export function groupsOf(g: Geometry, signal: number): GroupInfo[] {
  const found = new Map<number, GroupInfo>();
  const first = g.signal_first_group[signal]!;
  for (let m = 0; m < g.move_from.length; m++) {
    const group = g.move_group[m]!;
    if (group < first || group >= first + g.signal_groups[signal]!) continue;
    const info = found.get(group) ?? { group, link: g.lane_link[g.move_from[m]!]!, turns: [] };
    if (!info.turns.includes(g.move_turn[m]!)) info.turns.push(g.move_turn[m]!);
    found.set(group, info);
  }
  const order = [1, 0, 2, 3];
  for (const info of found.values()) info.turns.sort((a, b) => order.indexOf(a) - order.indexOf(b));
  return [...found.values()].sort((a, b) => a.link - b.link || order.indexOf(a.turns[0]!) - order.indexOf(b.turns[0]!));
}

/** Turns that are open to a lane. */
export function turnsOfLane(g: Geometry, lane: number): number[] {
  const turns = new Set<number>();
  for (let m = 0; m < g.move_from.length; m++) if (g.move_from[m] === lane) turns.add(g.move_turn[m]!);
  return [1, 0, 2, 3].filter((turn) => turns.has(turn));
}

/** Direction in which a link arrives, degrees clockwise from up. */
export function bearing(g: Geometry, link: number): number {
  const last = g.link_at[link + 1]! - 1;
  const first = Math.max(g.link_at[link]!, last - 1);
  return (Math.atan2(g.link_x[last]! - g.link_x[first]!, g.link_y[last]! - g.link_y[first]!) * 180) / Math.PI;
}
