/** What residents are told beside the live picture: travel times, disruptions and parking, asked for again while
 *  somebody looks. */

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

export interface Park {
  facility: string;
  name: string;
  kind: "off_street" | "on_street" | "park_and_ride" | null;
  state: "open" | "closed" | "full" | null;
  free: number | null;
  spaces: number | null;
  change: number | null;
  time: string | null;
  quality: "measured" | "estimated" | "forecast" | "stale" | "unknown";
  x_m: number | null;
  y_m: number | null;
}

const AGAIN_MS = 20_000;
const AFTER_FAILURE_MS = 3_000;

/** Asks its questions as long as it is not ended; `null` = there is no such thing here. */
export class Open {
  travel = $state.raw<Travel | null | undefined>(undefined);
  disruptions = $state.raw<Disruption[] | null | undefined>(undefined);
  parking = $state.raw<Park[] | undefined>(undefined);
  parkingIn = $state(""); // an area of the city; "" = all of it
  private everReported = $state(false); // in a district without a place to park the card says so, and stays
  readonly hasParking = $derived(this.everReported || (this.parking ?? []).some(({ quality }) => quality !== "unknown"));
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

  /** Show the places to park of one area. */
  look(area: string): void {
    this.everReported = this.hasParking;
    this.parkingIn = area;
    void this.ask();
  }

  private async ask(): Promise<void> {
    clearTimeout(this.timer);
    const number = ++this.asks;
    if (!document.hidden) {
      const area = this.parkingIn === "" ? "" : `?area=${encodeURIComponent(this.parkingIn)}`;
      const [travel, page, parks] = await Promise.all([
        asked<Travel>("/api/v1/travel-times"),
        asked<{ kept: boolean; disruptions: Disruption[] }>("/api/v1/disruptions"),
        asked<{ parking: Park[] }>(`/api/v1/parking${area}`),
      ]);
      if (this.ended || number !== this.asks) return;
      this.failed = travel === undefined || page === undefined || parks === undefined;
      if (travel !== undefined) this.travel = travel;
      if (page !== undefined) this.disruptions = page?.kept ? page.disruptions : null;
      if (parks !== undefined) this.parking = parks?.parking ?? [];
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
