/** The server's no in words of the page: what is in the way, and what to do next. */

import { filled } from "../words/format";
import { t } from "../words/words.svelte";
import type { Words } from "../words/en";
import type { Refusal } from "./api";
import type { Role } from "./kinds";

// The guard's own words (brain/steering.py, brain/directives.py), which the API gives in English.
const REASONS: readonly [string, keyof Words][] = [
  ["is not latched", "noLatch"],
  ["nothing that is commanded reaches", "noReach"],
  ["is latched to its local plan", "noWhileLatched"],
  ["its stages do not allow", "noSteer"],
  ["is not in the mode recommend", "noRecommendMode"],
  ["no streams may be let go", "noStage"],
  ["nothing was applied", "noApplied"],
  ["nothing was declined", "noDeclined"],
  ["nothing is recommended now", "noAdvice"],
  ["no longer as it was", "noLongerSo"],
  ["another action came first", "noFirst"],
  ["was undone by", "noUndone"],
  ["has no plan of its own", "noOwnPlan"],
  ["the run has ended", "noRun"],
  ["the world has come to its end", "noRun"],
];

/** What to tell: one sentence on what is in the way, one on what to do. */
export function sayRefusal({ status, message }: Refusal, role: Role, least: Role): { what: string; next: string } {
  if (status === 401) return { what: t("refused401"), next: t("next401") };
  if (status === 403) {
    const lacks = filled(t("refused403"), { role: t(`role_${role}`), least: t(`role_${least}`) });
    return { what: /needs the role \w+ (in|outside) /.test(message) ? filled(t("refusedArea"), { least: t(`role_${least}`) }) : lacks, next: t("next403") };
  }
  if (status === 409) {
    const found = REASONS.find(([words]) => message.includes(words));
    const who = message.includes(": ") && found ? `${message.split(": ")[0]}: ` : "";
    return { what: found ? who + t(found[1]) : message, next: t(found?.[1] === "noRecommendMode" ? "nextRecommend" : "next409") };
  }
  if (status === 503 || status === 429) return { what: t("refused503"), next: t("next503") };
  if (status === 0) return { what: t("refused0"), next: t("next0") };
  return { what: message || String(status), next: t("next400") };
}
