/** Everything that the page knows of the city now, in one place. Views read it; nobody else writes it. */

import { apply, decodeFrame, FrameKind, PLANES, textOf, type Column, type Frame, type Planes } from "./frame";
import { feedOf, Rhythm, type Feed } from "./freshness";
import { decodeGeometry, type Geometry } from "./geometry";
import { follow } from "./stream";

export interface VitalName {
  name: string;
  unit: string;
  meaning: string;
}
interface Told {
  epoch: string;
  city: string;
  vitals: VitalName[];
}
export interface Vital {
  value: number;
  low: number;
  high: number;
  quality: number;
}
export interface Series {
  timeS: number[];
  value: number[];
  low: number[];
  high: number[];
}
export interface Vehicles {
  timeS: number;
  atMs: number;
  columns: Planes;
}
export interface Session {
  user: string | null;
  role: "public" | "view" | "operate" | "manage" | "configure";
}

const TREND_S = 3600;
const TREND_STEP_S = 10;
const TREND_MOST = TREND_S / TREND_STEP_S;
const BUSY_MS = 600;
const NEWEST_AGE = "newest_age";

class Live {
  geometry = $state.raw<Geometry | null>(null);
  planes: Planes = new Map();
  told = $state.raw<Told | null>(null);
  version = $state(0); // rises with every frame
  timeS = $state(NaN); // of the world's clock
  feed = $state<Feed>("starting");
  ageS = $state(0); // since the last frame
  vehicles = $state.raw<Vehicles | null>(null);
  vehiclesBefore: Vehicles | null = null;
  trends: Record<string, Series> = {};
  session = $state.raw<Session>({ user: null, role: "public" });
  trouble = $state("");
  changed: Set<number> = new Set();
  private sequence = 0;
  private rhythm = new Rhythm();
  private up = false;
  private frameMs = NaN;
  private lookedMs = 0;
  private end: (() => void) | null = null;

  /** `vehicles`: those of a simulated world, too; they are most of what comes over the line. */
  async start(vehicles = true): Promise<void> {
    setInterval(() => this.look(), 200);
    await Promise.all([this.ask(), this.draw(), this.remember()]);
    this.end = follow(`/api/v1/live?vehicles=${vehicles}`, {
      frame: (frame) => this.take(frame),
      line: (up) => {
        this.up = up;
        this.look();
      },
      since: () => (this.told && this.sequence ? `${this.told.epoch}-${this.sequence}` : ""),
    });
  }

  stop(): void {
    this.end?.();
  }

  private async ask(): Promise<void> {
    try {
      const answer = await fetch("/api/v1/session", { headers: { Accept: "application/json" } });
      if (answer.ok) this.session = (await answer.json()) as Session;
      else if (answer.status === 404) this.session = { user: null, role: "configure" }; // a server without accounts
    } catch {
      // the live line says that there is none
    }
  }

  private async draw(): Promise<void> {
    for (;;) {
      try {
        const answer = await fetch("/api/v1/geometry");
        if (!answer.ok) throw new Error(`${answer.status}`);
        this.geometry = decodeGeometry(await answer.arrayBuffer());
        this.trouble = "";
        return;
      } catch (error) {
        this.trouble = String(error);
        await new Promise((done) => setTimeout(done, 2000));
      }
    }
  }

  /** The last hour, so that trends are there as the page opens. */
  private async remember(): Promise<void> {
    try {
      const answer = await fetch("/api/v1/recent");
      if (!answer.ok) return;
      const found = (await answer.json()) as {
        time: string[];
        series: Record<string, { value: (number | null)[]; low: (number | null)[]; high: (number | null)[] }>;
      };
      const timeS = found.time.map((text) => Date.parse(text) / 1000);
      const numbers = (row: (number | null)[]): number[] => row.map((value) => value ?? NaN);
      for (const [name, { value, low, high }] of Object.entries(found.series)) {
        this.trends[name] = { timeS: [...timeS], value: numbers(value), low: numbers(low), high: numbers(high) };
      }
    } catch {
      // trends begin with the page, then
    }
  }

  /** Takes a frame in; a sequence with a hole is mended by a key frame, which the server sends by itself. */
  take(frame: Frame): void {
    const nowMs = performance.now();
    if (frame.kind === FrameKind.Still) return this.look();
    if (frame.kind === FrameKind.Vehicles) return this.drive(frame, nowMs);
    this.changed = apply(this.planes, frame);
    if (frame.kind === FrameKind.Key) this.told = textOf<Told>(frame);
    this.sequence = frame.sequence;
    this.timeS = frame.timeS;
    this.rhythm.beat(nowMs);
    this.frameMs = nowMs;
    this.extend();
    this.version++;
    this.look();
  }

  private drive(frame: Frame, atMs: number): void {
    const columns: Planes = new Map(frame.sections.map((section) => [section.plane, section.values]));
    this.vehiclesBefore = this.vehicles;
    this.vehicles = { timeS: frame.timeS, atMs, columns };
  }

  /** How old everything is. */
  private look(): void {
    const nowMs = performance.now();
    const busy = nowMs - this.lookedMs > BUSY_MS;
    this.lookedMs = nowMs;
    if (busy) return; // the page itself stood still: what has come meanwhile is read first
    const age = this.vital(NEWEST_AGE)?.value ?? NaN;
    this.feed = feedOf(this.up, this.rhythm.ageMs(nowMs), this.rhythm.periodMs, age);
    this.ageS = Number.isNaN(this.frameMs) ? 0 : (nowMs - this.frameMs) / 1000;
  }

  private extend(): void {
    this.told?.vitals.forEach(({ name }, row) => {
      const series = (this.trends[name] ??= { timeS: [], value: [], low: [], high: [] });
      const last = series.timeS.at(-1) ?? -Infinity;
      if (this.timeS - last < TREND_STEP_S && this.timeS >= last) return;
      if (this.timeS < last) for (const part of [series.timeS, series.value, series.low, series.high]) part.length = 0;
      const { value, low, high } = this.at(row);
      series.timeS.push(this.timeS);
      series.value.push(value);
      series.low.push(low);
      series.high.push(high);
      if (series.timeS.length > TREND_MOST)
        for (const part of [series.timeS, series.value, series.low, series.high]) part.shift();
    });
  }

  private at(row: number): Vital {
    const get = (plane: number): number => this.planes.get(plane)?.[row] ?? NaN;
    return {
      value: get(PLANES.vitalValue),
      low: get(PLANES.vitalLow),
      high: get(PLANES.vitalHigh),
      quality: get(PLANES.vitalQuality),
    };
  }

  /** A vital sign by its name; undefined = there is none. */
  vital(name: string): Vital | undefined {
    void this.version;
    const row = this.told?.vitals.findIndex((entry) => entry.name === name) ?? -1;
    return row < 0 ? undefined : this.at(row);
  }

  /** A plane as it stands; an empty one before the first frame. */
  plane(plane: number): Column {
    void this.version;
    return this.planes.get(plane) ?? new Uint8Array(0);
  }

  get isStale(): boolean {
    return this.feed === "late" || this.feed === "down" || this.feed === "blind";
  }
}

export const live = new Live();
export { decodeFrame };
