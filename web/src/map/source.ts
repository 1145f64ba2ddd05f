/** What a map draws, wherever it comes from. */

import type { Column } from "../live/frame";
import type { Vehicles } from "../live/store.svelte";
import type { Camera } from "./scene";

/** The live picture, or one of another time or another course of things. */
export interface Source {
  readonly version: number;
  readonly timeS: number;
  readonly isStale: boolean;
  readonly vehicles: Vehicles | null;
  readonly vehiclesBefore: Vehicles | null;
  readonly difference?: Float32Array; // of every link, -1 (better) to 1 (worse): painted instead of the pace
  readonly closed?: ReadonlySet<number>; // links that are not to be driven on
  plane(plane: number): Column;
}

/** Where maps that stand side by side look; `by` is the one that moved. */
export interface Sight {
  camera: Camera | null;
  by: string;
}
