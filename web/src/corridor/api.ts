/** What the server says of corridors and routes, and asking for it. */

export interface CourseFigures {
  signals: string[];
  heading_deg: number | null;
  length_m: number;
  time_s: number | null;
  free_s: number;
  known_share: number;
  quality: "measured" | "estimated" | "forecast" | "stale" | "unknown";
}

export interface CorridorRow {
  corridor: string;
  name: string;
  lost: number | null;
  courses: CourseFigures[];
}

export interface Station {
  signal: string;
  at_m: number;
  groups: string[];
  lanes: number[];
  queue: number | null;
  greens: [number, number][]; // seconds from the answer's time
  green_share: number | null;
}

export interface Section {
  rows: number[];
  length_m: number;
  time_s: number | null;
  free_s: number;
  speed_mps: number | null;
  quality: CourseFigures["quality"];
  onto_green: number | null;
  on_green: number | null; // of the vehicles that came
}

export interface Course extends CourseFigures {
  rows: number[];
  begins_m: number[];
  seen_s: number;
  band: number | null;
  trend: { time: string[]; value: (number | null)[]; low: number | null; high: number | null };
  stations: Station[];
  sections: Section[];
}

export interface Whole {
  time: string;
  name: string;
  courses: Course[];
  corridor?: string; // of a corridor
  corridors?: string[]; // that a route uses
}

/** Throws the status of an answer that is none. */
export async function ask<T>(path: string): Promise<T> {
  const answer = await fetch(`/api/v1/${path}`);
  if (!answer.ok) throw answer.status;
  return (await answer.json()) as T;
}

/** The two signals that the address of a route names, where both are known: A~B, whatever their names hold. */
export function endsOf(id: string, known: ReadonlySet<string>): [string, string] | null {
  for (let at = id.indexOf("~"); at >= 0; at = id.indexOf("~", at + 1)) {
    const ends: [string, string] = [id.slice(0, at), id.slice(at + 1)];
    if (known.has(ends[0]) && known.has(ends[1])) return ends;
  }
  return null;
}

/** Where the figures of an address are. */
export function pathOf(id: string, ends: [string, string] | null): string {
  if (!ends) return `corridors/${encodeURIComponent(id)}`;
  return `routes?from=${encodeURIComponent(ends[0])}&to=${encodeURIComponent(ends[1])}`;
}
