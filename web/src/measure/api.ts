/** What the server says of a signal's performance. Definitions: docs/diagnosis.md. */

export interface Sums {
  cycles: number;
  cycle_s: number | null;
  green_s: number | null;
  longest_red_s: number | null;
  arrivals: number | null;
  on_green: number | null;
  on_yellow: number | null;
  on_red: number | null;
  platoon: number | null;
  volume_vph: number | null;
  saturation: number | null;
  green_used: number | null;
  splits_known: number;
  splits_failed: number;
  delay_s: number | null;
  queue_reaches: number | null;
}

export interface Cycles {
  begin_s: number[]; // begin of red, from the answer's time
  green_s: number[]; // the others: seconds in the cycle
  yellow_s: number[];
  length_s: number[];
  arrivals: number[][];
  on_green: number[];
  failed: (boolean | null)[];
}

export interface PhasePerformance {
  phase: number;
  name: string;
  groups: string[];
  link: number;
  turns: ("left" | "through" | "right" | "uturn")[];
  lanes: number;
  seen_by: "loop" | "camera" | null;
  quarter: Sums;
  whole: Sums;
  cycles: Cycles;
}

export interface Performance {
  time: string;
  since: string;
  signal: string;
  arrivals: "known" | "early" | "minutes" | "none";
  phases: PhasePerformance[];
}
