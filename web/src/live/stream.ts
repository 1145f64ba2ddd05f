/** Reads the live picture for as long as the page is open; goes on where it was after a break. */

import { Cutter, decodeFrame, type Frame } from "./frame";

export interface Listener {
  /** A frame has come. */
  frame(frame: Frame): void;
  /** The line is up or down. */
  line(up: boolean): void;
  /** What to go on from: "epoch-sequence", or "" for everything. */
  since(): string;
}

const WAITS_MS = [500, 1000, 2000, 4000];
const SILENT_MS = 12_000; // the server speaks at least every 5 s: a line that is silent for longer is dead

/** Starts reading; call what it gives to end it. */
export function follow(url: string, listener: Listener): () => void {
  let ended = false;
  let abort = new AbortController();
  let failed = 0;

  async function once(): Promise<void> {
    abort = new AbortController();
    let watchdog = setTimeout(() => abort.abort(), SILENT_MS);
    const since = listener.since();
    const answer = await fetch(`${url}&since=${encodeURIComponent(since)}`, { signal: abort.signal });
    if (!answer.ok || !answer.body) throw new Error(`the live picture answers ${answer.status}`);
    const [reader, cutter] = [answer.body.getReader(), new Cutter()];
    for (;;) {
      const { done, value } = await reader.read();
      clearTimeout(watchdog);
      if (done) return;
      watchdog = setTimeout(() => abort.abort(), SILENT_MS);
      failed = 0;
      listener.line(true);
      for (const bytes of cutter.push(value)) listener.frame(decodeFrame(bytes));
    }
  }

  async function always(): Promise<void> {
    while (!ended) {
      try {
        await once();
      } catch {
        // said by line(false) below; the next attempt follows
      }
      if (ended) return;
      listener.line(false);
      await new Promise((done) => setTimeout(done, WAITS_MS[Math.min(failed++, WAITS_MS.length - 1)]));
    }
  }

  void always();
  return () => {
    ended = true;
    abort.abort();
  };
}
