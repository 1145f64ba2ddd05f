/** A fixed plan as the API tells it, proposals of one, and what was measured before and after a change. */

export interface Step {
  stage: number; // place within the signal, from 0
  green_s: number;
}
export interface Timing {
  cycle_s: number;
  offset_s: number;
  steps: Step[];
}

export interface Outlook {
  plan: Timing;
  changes_s: number[];
  step_saturation: (number | null)[];
  delay_s: number;
  low_s: number;
  high_s: number;
}
export interface Proposal {
  signal: string;
  time: string | null;
  flow_vph: number;
  worth: boolean;
  saved_share: number;
  saved_low: number;
  saved_high: number;
  applied: boolean;
  now: Outlook;
  proposed: Outlook;
}

export interface Side {
  minutes: number;
  delay_s: number | null;
  delay_low_s: number | null;
  delay_high_s: number | null;
  queue: number | null;
  queue_low: number | null;
  queue_high: number | null;
  flow_vph: number | null;
}
export interface Effect {
  time: string | null;
  changed: string | null;
  action: number;
  settling_s: number;
  window_s: number;
  verdict: "early" | "same" | "better" | "worse";
  before: Side;
  after: Side;
  minutes: { time: (string | null)[]; delay_s: (number | null)[]; queue: (number | null)[]; flow_vph: (number | null)[] };
}

export interface Segment {
  stage: number;
  begin: number; // shares of the cycle
  width: number;
  greenS: number;
}

/** The greens of a plan as parts of a bar that is its cycle. */
export function segments({ plan, changes_s }: Pick<Outlook, "plan" | "changes_s">): Segment[] {
  let at = 0;
  return plan.steps.map(({ stage, green_s }, k) => {
    const found = { stage, begin: at / plan.cycle_s, width: green_s / plan.cycle_s, greenS: green_s };
    at += green_s + (changes_s[k] ?? 0);
    return found;
  });
}

/** The same greens in the same order; the offset may differ. */
export function alike(a: Timing, b: Timing): boolean {
  return a.steps.length === b.steps.length && a.steps.every(({ stage, green_s }, k) => stage === b.steps[k]!.stage && green_s === b.steps[k]!.green_s);
}

/** By how much the traffic of two windows differs; null = not known. */
export function trafficShift({ before, after }: Effect): number | null {
  return before.flow_vph && after.flow_vph ? after.flow_vph / before.flow_vph - 1 : null;
}
