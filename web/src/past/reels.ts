/** Minutes of the past as GET /api/v1/replay/frames gives them: frames by their time, and the planes at any moment. */

import { apply, Cutter, decodeFrame, FrameKind, type Frame, type Planes } from "../live/frame";

export const MINUTE_S = 60;
export type Shots = readonly Frame[]; // by time; each key frame begins anew

/** The frames of an answer. What a reel tells again of an earlier time takes the place of what was told before. */
export function shotsOf(bytes: Uint8Array): Shots {
  const shots: Frame[] = [];
  for (const cut of new Cutter().push(bytes)) {
    const frame = decodeFrame(cut);
    if (frame.kind === FrameKind.Key) while (shots.length && shots.at(-1)!.timeS >= frame.timeS) shots.pop();
    shots.push(frame);
  }
  return shots;
}

/** The newest shot that is no later than a time; -1 = none is. */
export function shotAt(shots: Shots, timeS: number): number {
  let [low, high] = [0, shots.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (shots[middle]!.timeS <= timeS) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Brings planes, which show shot `from` of the same minute (-1: nothing), to shot `to`; gives the key frame's text. */
export function wound(planes: Planes, shots: Shots, from: number, to: number): Frame | null {
  let first = from + 1;
  let key: Frame | null = null;
  for (let k = to; k >= (from <= to ? from + 1 : 0); k--)
    if (shots[k]!.kind === FrameKind.Key) {
      first = k;
      key = shots[k]!;
      break;
    }
  if (!key && from > to) return null;
  for (let k = first; k <= to; k++) {
    // whole columns are copied: what is kept must not be written to
    const sections = shots[k]!.sections.map((one) => (one.rows ? one : { ...one, values: one.values.slice() }));
    apply(planes, { ...shots[k]!, sections });
  }
  return key;
}

export type Ask = (fromS: number, toS: number) => Promise<Uint8Array>;
const KEPT = 24; // minutes
const YOUNG_S = 75; // a minute that may still be filled is asked for again

/** Minutes that were asked for, the newest used kept. */
export class Minutes {
  private kept = new Map<number, Shots>();
  private asked = new Map<number, Promise<Shots>>();

  constructor(
    private readonly ask: Ask,
    private readonly nowS: () => number,
  ) {}

  /** What is kept of a minute; undefined = it has not come yet. */
  get(minuteS: number): Shots | undefined {
    const found = this.kept.get(minuteS);
    if (found) {
      this.kept.delete(minuteS);
      this.kept.set(minuteS, found);
    }
    return found;
  }

  /** Asks for a minute, once; one that is still being filled is asked for again when `beyondS` is not in it yet. */
  async want(minuteS: number, beyondS = Infinity): Promise<Shots> {
    const found = this.get(minuteS);
    const young = this.nowS() - minuteS < YOUNG_S;
    if (found && !(young && (found.at(-1)?.timeS ?? -Infinity) < Math.min(beyondS, this.nowS()) - 1)) return found;
    const under = this.asked.get(minuteS);
    if (under) return under;
    const coming = this.ask(minuteS, minuteS + MINUTE_S - 0.001).then((bytes) =>
      shotsOf(bytes).filter(({ timeS }) => timeS >= minuteS && timeS < minuteS + MINUTE_S),
    );
    this.asked.set(minuteS, coming);
    try {
      const shots = await coming;
      this.kept.set(minuteS, shots);
      while (this.kept.size > KEPT) this.kept.delete(this.kept.keys().next().value!);
      return shots;
    } finally {
      this.asked.delete(minuteS);
    }
  }
}
