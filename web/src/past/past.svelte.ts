/** A picture of the past, in the form of the live one: what a map and a list need of a moment that is over. */

import { PLANES, textOf, type Column, type Planes } from "../live/frame";
import type { Vital, VitalName } from "../live/store.svelte";
import { MINUTE_S, Minutes, shotAt, wound, type Ask, type Shots } from "./reels";

export type Seen = "loading" | "shown" | "gap" | "failed";

export interface Span {
  fromS: number;
  toS: number;
}

/** What GET /api/v1/replay tells. */
export interface Index {
  nowS: number;
  gapS: number;
  onDisk: boolean;
  damaged: number;
  spans: Span[];
  timeS: number[];
  vitals: Record<string, (number | null)[]>;
}

export async function askIndex(): Promise<Index> {
  const answer = await fetch("/api/v1/replay?points=1440");
  if (!answer.ok) throw new Error(String(answer.status));
  const told = (await answer.json()) as {
    time: string;
    gap_s: number;
    on_disk: boolean;
    damaged: number;
    spans: { from: string; to: string }[];
    vital_time: string[];
    vitals: Record<string, (number | null)[]>;
  };
  const seconds = (text: string): number => Date.parse(text) / 1000;
  return {
    nowS: seconds(told.time),
    gapS: told.gap_s,
    onDisk: told.on_disk,
    damaged: told.damaged,
    spans: told.spans.map(({ from, to }) => ({ fromS: seconds(from), toS: seconds(to) })),
    timeS: told.vital_time.map(seconds),
    vitals: told.vitals,
  };
}

export const askFrames: Ask = async (fromS, toS) => {
  const answer = await fetch(`/api/v1/replay/frames?from=${fromS}&to=${toS}`);
  if (!answer.ok) throw new Error(String(answer.status));
  return new Uint8Array(await answer.arrayBuffer());
};

export class Past {
  version = $state(0);
  timeS = $state(NaN); // of the frame that is shown
  seen = $state<Seen>("loading");
  readonly isStale = false; // it says itself that it is over
  readonly vehicles = null;
  readonly vehiclesBefore = null;
  gapS = 5;
  private planes: Planes = new Map();
  private names: VitalName[] = [];
  private shots: Shots = [];
  private shot = -1;
  private wantedS = NaN;

  constructor(
    private readonly minutes: Minutes,
    private readonly rows: () => number, // links of the city: a picture of other rows is none of it
  ) {}

  /** Shows the picture of a moment: at once where it has come already, else as soon as it comes. */
  show(atS: number): void {
    this.wantedS = atS;
    const minuteS = Math.floor(atS / MINUTE_S) * MINUTE_S;
    const here = this.minutes.get(minuteS);
    const newest = here?.at(-1)?.timeS ?? -Infinity;
    if (!here || newest < atS - 1) void this.fetched(minuteS, atS);
    if (here) this.look(here, minuteS, atS);
    else if (this.seen !== "loading") this.seen = "loading";
  }

  /** Asks for minutes that will be wanted soon. */
  ahead(atS: number, minutes: number): void {
    const first = Math.floor(atS / MINUTE_S) * MINUTE_S;
    for (let k = 1; k <= minutes; k++) void this.minutes.want(first + k * MINUTE_S).catch(() => undefined);
  }

  private async fetched(minuteS: number, atS: number): Promise<void> {
    try {
      const shots = await this.minutes.want(minuteS, atS);
      if (shotAt(shots, atS) < 0 && atS - minuteS < this.gapS) await this.minutes.want(minuteS - MINUTE_S);
      if (this.wantedS === atS) this.look(shots, minuteS, atS);
    } catch {
      if (this.wantedS === atS) this.seen = "failed";
    }
  }

  private look(shots: Shots, minuteS: number, atS: number): void {
    let [from, at] = [shots, shotAt(shots, atS)];
    if (at < 0 && atS - minuteS < this.gapS) {
      from = this.minutes.get(minuteS - MINUTE_S) ?? [];
      at = from.length - 1;
    }
    const shot = from[at];
    if (!shot || atS - shot.timeS > this.gapS) return this.blank();
    if (from === this.shots && at === this.shot && this.seen === "shown") return;
    const before = from === this.shots && at >= this.shot ? this.shot : -1;
    if (before < 0) this.planes.clear();
    const key = wound(this.planes, from, before, at);
    if (key) this.names = textOf<{ vitals: VitalName[] }>(key)?.vitals ?? [];
    if ((this.planes.get(PLANES.linkPace)?.length ?? 0) !== this.rows()) return this.blank();
    [this.shots, this.shot] = [from, at];
    this.timeS = shot.timeS;
    this.seen = "shown";
    this.version++;
  }

  /** Nothing is known of this moment, and nothing is made up. */
  private blank(): void {
    this.planes.clear();
    [this.shots, this.shot] = [[], -1];
    this.timeS = NaN;
    if (this.seen !== "gap") this.version++;
    this.seen = "gap";
  }

  plane(plane: number): Column {
    void this.version;
    return this.planes.get(plane) ?? new Uint8Array(0);
  }

  vital(name: string): Vital | undefined {
    void this.version;
    const row = this.names.findIndex((one) => one.name === name);
    const get = (plane: number): number => this.planes.get(plane)?.[row] ?? NaN;
    if (row < 0 || !this.planes.size) return undefined;
    return {
      value: get(PLANES.vitalValue),
      low: get(PLANES.vitalLow),
      high: get(PLANES.vitalHigh),
      quality: get(PLANES.vitalQuality),
    };
  }
}
