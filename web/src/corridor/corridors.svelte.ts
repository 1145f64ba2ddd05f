/** The corridors of the city, asked for again while a view shows them; and what of one the map shows. */

import type { Place } from "../live/places";
import { ask, type CorridorRow } from "./api";

const EVERY_MS = 5000;

class Corridors {
  rows = $state.raw<CorridorRow[]>([]);
  asked = $state(false); // an answer has come
  failed = $state(false); // the newest one has not

  /** Ask again and again until the answer is called. */
  watch(): () => void {
    let ended = false;
    const look = async (): Promise<void> => {
      try {
        const { corridors } = await ask<{ corridors: CorridorRow[] }>("corridors");
        if (!ended) [this.rows, this.asked, this.failed] = [corridors, true, false];
      } catch {
        if (!ended) this.failed = true;
      }
    };
    void look();
    const timer = setInterval(look, EVERY_MS);
    return () => {
      ended = true;
      clearInterval(timer);
    };
  }

  /** Those that a signal stands on. */
  through(signal: string): CorridorRow[] {
    return this.rows.filter(({ courses }) => courses.some(({ signals }) => signals.includes(signal)));
  }
}

/** The course that the map shows, as the view says; both point at the section that somebody looks at. */
class OnMap {
  links = $state.raw<readonly number[]>([]);
  sections = $state.raw<readonly (readonly number[])[]>([]);
  hot = $state(-1); // section
  look = $state.raw<readonly number[]>([]); // links that the map is to go to
  pick = $state.raw<((place: Place) => void) | null>(null); // junctions are chosen, not opened

  show(sections: readonly (readonly number[])[]): void {
    const links = sections.flat();
    if (links.join() === this.links.join()) return;
    [this.links, this.sections, this.hot, this.look] = [links, sections, -1, links];
  }

  clear(): void {
    [this.links, this.sections, this.hot, this.look, this.pick] = [[], [], -1, [], null];
  }

  point(link: number): void {
    this.hot = link < 0 ? -1 : this.sections.findIndex((rows) => rows.includes(link));
  }
}

export const corridors = new Corridors();
export const onMap = new OnMap();
