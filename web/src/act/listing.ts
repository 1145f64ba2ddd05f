/** Which signals the table shows, and in which order. */

import { MODES, type Steered } from "./kinds";

export interface Row {
  signal: Steered;
  name: string;
  lost: number;
  queue: number;
  full: boolean;
}
export const CHOICES = ["all", "advised", "steered", "latched", "unseen"] as const;
export type Choice = (typeof CHOICES)[number];
export type Order = "delay" | "name" | "mode";

interface Wanted {
  sought: string; // words that all have to be in the name, the id, an area or the mode
  choice: Choice;
  order: Order;
  rank: ReadonlyMap<string, number>; // of a junction by its delay, worst first
}

const PICKS: Record<Choice, (signal: Steered) => boolean> = {
  all: () => true,
  advised: ({ advised_stage }) => advised_stage !== null,
  steered: ({ mode, plan, applied_stage }) => mode === "control" || plan !== null || applied_stage !== null,
  latched: ({ latched }) => latched,
  unseen: ({ steerable, in_sight }) => !steerable || !in_sight,
};

/** The rows that are wanted. */
export function listed(rows: readonly Row[], { sought, choice, order, rank }: Wanted): Row[] {
  const words = sought.toLowerCase().split(/\s+/).filter(Boolean);
  const place = ({ signal }: Row): number => rank.get(signal.signal) ?? rank.size;
  const by: Record<Order, (a: Row, b: Row) => number> = {
    delay: (a, b) => place(a) - place(b),
    name: (a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }),
    mode: (a, b) => MODES.indexOf(b.signal.mode) - MODES.indexOf(a.signal.mode) || place(a) - place(b),
  };
  return rows
    .filter(({ signal, name }) => {
      const text = `${name} ${signal.signal} ${signal.areas.join(" ")} ${signal.mode}`.toLowerCase();
      return PICKS[choice](signal) && words.every((word) => text.includes(word));
    })
    .sort(by[order]);
}
