/** Actions in words. */

import { filled, number } from "../words/format";
import { choices, t } from "../words/words.svelte";
import type { Action, Kind, Value, Wish } from "./kinds";

/** A value of an action as people read it. */
export function sayValue(kind: Kind, value: Value): string {
  if (value === null) return kind === "plan" ? t("ownPlanShort") : t("nothing");
  if (typeof value === "object") return filled(t("planShort"), { s: number(choices.locale, value.cycle_s), greens: value.steps.map(({ green_s }) => number(choices.locale, green_s)).join(" · ") });
  if (typeof value === "number") return filled(t("stage"), { n: value + 1 });
  if (value === "observe" || value === "recommend" || value === "control") return t(value);
  return value === "latched" ? t("latchedShort") : t("freeShort");
}

export function sayKind(kind: Kind): string {
  return t(`act_${kind}`);
}

/** What is asked: the title of the dialog. */
export function sayWish({ kind, signals, mode, plan, undoes }: Wish, name: string): string {
  const who = signals.length === 1 ? name : filled(t("manySignals"), { n: number(choices.locale, signals.length) });
  if (undoes) return filled(t("askUndo"), { what: sayKind(undoes.kind), who });
  if (kind === "mode" && mode) return filled(t("askMode"), { mode: t(mode), who });
  if (kind === "plan" && !plan) return filled(t("askOwnPlan"), { who });
  return filled(t(`ask_${kind}` as "ask_apply"), { who });
}

/** One line on an action: `J7: observe → recommend`. */
export function sayAction({ kind, changes }: Action): string {
  const [first] = changes;
  if (!first) return sayKind(kind);
  const what = `${sayValue(kind, first.before)} → ${sayValue(kind, first.after)}`;
  const same = changes.every(({ after }) => after === first.after);
  if (changes.length === 1) return `${first.signal}: ${what}`;
  return `${filled(t("manySignals"), { n: number(choices.locale, changes.length) })}: ${same ? `→ ${sayValue(kind, first.after)}` : sayKind(kind)}`;
}
