/** What residents are told beside the live picture: travel times and disruptions, asked for again while somebody looks. */

export interface AreaName {
  area: string;
  name: string;
}
export interface Way {
  time_s: number | null;
  free_s: number;
  length_m: number;
  known_share: number;
}
export interface AreaTime extends Way {
  origin: string;
  destination: string;
}
export interface RoadTime extends Way {
  name: string;
  ring: boolean;
  heading_deg: number | null;
  rows: number[];
}
export interface Travel {
  areas: AreaName[];
  between: AreaTime[];
  roads: RoadTime[];
}
export interface Disruption {
  number: number;
  kind: string;
  text: string;
  begin: string | null;
  until: string | null;
  street: string;
  x_m: number | null;
  y_m: number | null;
}

const AGAIN_MS = 20_000;
const AFTER_FAILURE_MS = 3_000;

/** Asks both questions as long as it is not ended; `null` = there is no such thing here. */
export class Open {
  travel = $state.raw<Travel | null | undefined>(undefined);
  disruptions = $state.raw<Disruption[] | null | undefined>(undefined);
  failed = $state(false); // the last try
  private timer = 0;
  private asks = 0; // those begun: an answer to an earlier one than the newest is old, and is not shown
  private ended = false;

  start(): () => void {
    const look = (): void => void this.ask();
    document.addEventListener("visibilitychange", look);
    look();
    return () => {
      this.ended = true;
      clearTimeout(this.timer);
      document.removeEventListener("visibilitychange", look);
    };
  }

  private async ask(): Promise<void> {
    clearTimeout(this.timer);
    const number = ++this.asks;
    if (!document.hidden) {
      const [travel, page] = await Promise.all([
        asked<Travel>("/api/v1/travel-times"),
        asked<{ disruptions: Disruption[] }>("/api/v1/disruptions"),
      ]);
      if (this.ended || number !== this.asks) return;
      this.failed = travel === undefined || page === undefined;
      if (travel !== undefined) this.travel = travel;
      if (page !== undefined) this.disruptions = page?.disruptions ?? null;
    }
    this.timer = window.setTimeout(() => void this.ask(), this.failed ? AFTER_FAILURE_MS : AGAIN_MS);
  }
}

/** JSON; null where the server has no such thing, undefined where it does not answer. */
async function asked<T>(path: string): Promise<T | null | undefined> {
  try {
    const answer = await fetch(path, { headers: { Accept: "application/json" }, cache: "no-store" });
    if (answer.status === 404) return null;
    return answer.ok ? ((await answer.json()) as T) : undefined;
  } catch {
    return undefined;
  }
}
