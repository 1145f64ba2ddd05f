/** Whether what the screen shows is of now. */

export type Feed = "starting" | "live" | "late" | "blind" | "down";

export const LATE_PERIODS = 1.8; // looked at five times a second, so a frozen feed is marked within two periods
export const BLIND_S = 10; // no sensor has reported for so long: what is shown is a model's guess

/** Learns how often frames come: the median of the last gaps, between half a second and ten. */
export class Rhythm {
  private gaps: number[] = [];
  private last = NaN;

  beat(nowMs: number): void {
    const gap = nowMs - this.last;
    this.last = nowMs;
    if (!(gap > 20 && gap < 60_000)) return; // several at once, after a break, say nothing
    this.gaps.push(gap);
    if (this.gaps.length > 15) this.gaps.shift();
  }

  get periodMs(): number {
    if (this.gaps.length < 3) return 1000;
    const sorted = [...this.gaps].sort((a, b) => a - b);
    return Math.min(10_000, Math.max(1000, sorted[sorted.length >> 1]!));
  }

  ageMs(nowMs: number): number {
    return nowMs - this.last;
  }
}

/** What to say of the feed. `newestAgeS`: since the newest record of any sensor; NaN = not known. */
export function feedOf(up: boolean, ageMs: number, periodMs: number, newestAgeS: number): Feed {
  if (Number.isNaN(ageMs)) return up ? "starting" : "down";
  if (ageMs > LATE_PERIODS * periodMs) return up ? "late" : "down";
  return newestAgeS > BLIND_S ? "blind" : "live";
}
