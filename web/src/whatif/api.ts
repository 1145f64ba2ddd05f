/** What /api/v1/whatif takes and tells. */

export interface Closure {
  link: string;
  lane: number | null;
}
export interface Question {
  closures: Closure[];
  demand_factor: number;
  demand_area: string;
  plans: { signal: string; greens_s: number[] }[];
  controller: string;
  signals: string[];
  minutes: number;
  seeds: number;
}
export interface Summary {
  name: string;
  title: string;
  who: string;
  state: "waiting" | "running" | "done" | "failed" | "cancelled";
  share: number;
  fork: string | null;
  took_s: number;
  trouble: string;
}
export type Verdict = "better" | "worse" | "open" | "same";
export interface Figure {
  name: string;
  alone: number | null;
  changed: number | null;
  difference: number | null;
  half_width: number | null;
  verdict: Verdict;
}
export interface Band {
  mean: number[];
  low: number[];
  high: number[];
}
export interface Links {
  vehicles: number[];
  pace: (number | null)[];
}
export interface Result {
  time_s: number[];
  figures: Figure[];
  series: { alone: Record<string, Band>; changed: Record<string, Band> };
  links: { alone: Links; changed: Links };
  trips: { added: number; removed: number; detoured: number; lost: number; cut: number };
}
export interface WhatIf extends Summary {
  question: Question;
  result: Result | null;
}
export interface Page {
  offered: boolean;
  why: string;
  controllers: string[];
  minutes_max: number;
  seeds_max: number;
  jobs: Summary[];
}

/** What the server refused, in its own words. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    words: string,
  ) {
    super(words);
  }
}

async function asked<T>(path: string, method = "GET", body?: unknown): Promise<T> {
  const answer = await fetch(`/api/v1/whatif${path}`, {
    method,
    headers: { "Content-Type": "application/json", "X-Requested-With": "citybrain" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const told = (await answer.json().catch(() => ({}))) as T & { error?: { message: string } };
  if (!answer.ok) throw new Refused(answer.status, told.error?.message ?? String(answer.status));
  return told;
}

export const page = (): Promise<Page> => asked("");
export const one = (name: string): Promise<WhatIf> => asked(`/${encodeURIComponent(name)}`);
export const ask = (title: string, question: Question): Promise<WhatIf> => asked("", "POST", { title, ...question });
export const callOff = (name: string): Promise<WhatIf> => asked(`/${encodeURIComponent(name)}`, "DELETE");
export const stages = (signal: string): Promise<{ stages: { phase: number; green_s: number }[] }> =>
  asked(`/signals/${encodeURIComponent(signal)}`);

export const nothing = (): Question => ({
  closures: [],
  demand_factor: 1,
  demand_area: "",
  plans: [],
  controller: "",
  signals: [],
  minutes: 15,
  seeds: 3,
});

export const isEmpty = (q: Question): boolean =>
  !q.closures.length && q.demand_factor === 1 && !q.plans.length && !q.controller;
