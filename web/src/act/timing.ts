/** A fixed plan as the API tells it: stages with their greens, and how the cycle lies in time. */

export interface Step {
  stage: number; // place within the signal, from 0
  green_s: number;
}
export interface Timing {
  cycle_s: number;
  offset_s: number;
  steps: Step[];
}
