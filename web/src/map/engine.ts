/** The drawing engine comes after the page: figures and lists are painted first, and it is on its way meanwhile. */

import type { Scene } from "./scene";

const AFTER_MS = 60;
let asked: Promise<typeof Scene> | null = null;

/** Fetches it once, whoever asks first. */
export function engine(): Promise<typeof Scene> {
  asked ??= new Promise((done) => requestAnimationFrame(() => setTimeout(done, AFTER_MS)))
    .then(() => import("./scene"))
    .then((found) => found.Scene)
    .catch((error: unknown) => {
      asked = null; // the line was down: the next map asks again
      throw error;
    });
  return asked;
}
