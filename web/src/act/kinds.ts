/** What the API tells of actions and of how signals are steered. */

import type { Timing } from "./timing";

export const MODES = ["observe", "recommend", "control"] as const;
export type Mode = (typeof MODES)[number];
export type Kind = "mode" | "apply" | "stop" | "decline" | "allow" | "release" | "plan";
export type Role = "public" | "view" | "operate" | "manage" | "configure";
export const ROLES: readonly Role[] = ["public", "view", "operate", "manage", "configure"];

export type Value = string | number | Timing | null;
export interface Change {
  signal: string;
  before: Value;
  after: Value;
}

export interface Action {
  number: number;
  kind: Kind;
  who: string;
  why: string;
  time: string | null;
  state: "preview" | "asked" | "done" | "refused";
  detail: string;
  undoes: number;
  undone_by: number;
  changes: Change[];
}

export interface Steered {
  row: number;
  signal: string;
  areas: string[];
  mode: Mode;
  steerable: boolean;
  in_sight: boolean;
  stage: number | null;
  advised_stage: number | null;
  applied_stage: number | null;
  declined_stage: number | null;
  latched: boolean;
  fault: string | null;
  plan: Timing | null;
}

export interface SteeringPage {
  time: string | null;
  controller: string;
  controllable: boolean;
  modes: Record<Mode, number>;
  total: number;
  signals: Steered[];
}

/** What a person wants; an undo names the action that it takes back. */
export interface Wish {
  kind: Kind;
  signals: string[];
  mode?: Mode;
  plan?: Timing | null;
  undoes?: Action;
  grave?: boolean; // all signals at once
}

const UNDONE_BY: Partial<Record<Kind, Kind>> = { mode: "mode", apply: "stop", decline: "allow", plan: "plan" };

/** Whether taking it back can make sense: it was done, nobody has, and it is of a kind that can be. */
export function canUndo({ kind, state, undone_by }: Action): boolean {
  return state === "done" && !undone_by && kind in UNDONE_BY;
}

/** The role that a wish needs in the areas of its signals. */
export function leastRole(wish: Pick<Wish, "kind" | "mode" | "undoes">): Role {
  if (wish.kind === "release") return "configure";
  const before = wish.undoes?.changes.some((change) => change.before === "control");
  return wish.kind === "mode" && (wish.mode === "control" || before) ? "manage" : "operate";
}

export function holds(role: Role, least: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(least);
}
