/** Vehicles as oriented shapes near by and dots from afar; between two seconds the GPU moves them on. */

import { Layer, type LayerProps } from "@deck.gl/core";
import { PLANES } from "../live/frame";
import type { Vehicles } from "../live/store.svelte";
import { holds, roomier, type Box } from "./cells";
import { boxOf, Drawn, LOOK_BLOCK, LOOK_TYPES, lookOf, seenOpacity, spread } from "./quads";

export interface Fleet {
  length: number;
  from: Float32Array; // [4 n] x, y (m), heading (rad), how far it turns
  to: Float32Array; // [2 n] x, y
  sizes: Float32Array; // [2 n] length, width
  colours: Uint32Array; // [n] as bytes: red, green, blue, 255
}

const SIZES: Record<number, [number, number]> = { 1: [4.5, 1.85], 2: [12, 2.55], 4: [9, 2.5], 8: [6, 2.1], 16: [1.9, 0.7], 32: [28, 2.65] };
const JUMP_M = 60; // in one second: a vehicle that is another one
const TURN = Math.PI / 128;
const KINDS = 256;

/** Red, green and blue as one number whose bytes a GPU reads in this order. */
export function packed([r, g, b]: readonly number[]): number {
  return new Uint32Array(Uint8Array.of(r!, g!, b!, 255).buffer)[0]!;
}

/** Pairs the vehicles of two seconds by their number. */
export function fleetOf(now: Vehicles, before: Vehicles | null, colourOf: (kind: number) => readonly number[]): Fleet {
  const [id, x, y, heading, kind] = columns(now);
  const n = id.length;
  const fleet: Fleet = {
    length: n,
    from: new Float32Array(4 * n),
    to: new Float32Array(2 * n),
    sizes: new Float32Array(2 * n),
    colours: new Uint32Array(n),
  };
  const { from, to, sizes, colours } = fleet;
  const was = before && now.timeS > before.timeS && now.timeS - before.timeS < 6 ? before : null;
  const [, wasX, wasY, wasHeading] = columns(was ?? now);
  const rows = was ? rowsOf(was) : null;
  const jumpM = JUMP_M * Math.max(1, now.timeS - (was?.timeS ?? 0));
  const looks = Array.from({ length: KINDS }, (_, one) => ({ size: SIZES[one] ?? SIZES[1]!, colour: packed(colourOf(one)) }));
  for (let k = 0; k < n; k++) {
    const row = rows ? rows(id[k]!) : k;
    const known = row >= 0 && Math.abs(x[k]! - wasX[row]!) + Math.abs(y[k]! - wasY[row]!) <= jumpM;
    from[4 * k] = known ? wasX[row]! : x[k]!;
    from[4 * k + 1] = known ? wasY[row]! : y[k]!;
    from[4 * k + 2] = (known ? wasHeading[row]! : heading[k]!) * TURN;
    from[4 * k + 3] = known ? (((heading[k]! - wasHeading[row]! + 384) % 256) - 128) * TURN : 0;
    to[2 * k] = x[k]!;
    to[2 * k + 1] = y[k]!;
    const look = looks[kind[k]!]!;
    sizes[2 * k] = look.size[0];
    sizes[2 * k + 1] = look.size[1];
    colours[k] = look.colour;
  }
  return fleet;
}

function columns(of: Vehicles): [Uint32Array, Float32Array, Float32Array, Uint8Array, Uint8Array] {
  const get = (plane: number): never => (of.columns.get(plane) ?? new Uint8Array(0)) as never;
  return [get(PLANES.vehicleId), get(PLANES.vehicleX), get(PLANES.vehicleY), get(PLANES.vehicleHeading), get(PLANES.vehicleClass)];
}

/** The row of a number; -1 = it was not there. Numbers of a simulator are its trips', so a plain list mostly has them. */
function rowsOf(of: Vehicles): (id: number) => number {
  const [id] = columns(of);
  const most = id.reduce((a, b) => Math.max(a, b), 0);
  if (most <= 16 * id.length + 100_000) {
    const rows = new Int32Array(most + 1).fill(-1);
    for (let k = 0; k < id.length; k++) rows[id[k]!] = k;
    return (one) => rows[one] ?? -1;
  }
  const rows = new Map<number, number>();
  for (let k = 0; k < id.length; k++) rows.set(id[k]!, k);
  return (one) => rows.get(one) ?? -1;
}

/** The vehicles in sight at either second. */
export function fleetWithin(fleet: Fleet, [x0, y0, x1, y1]: Box): Fleet {
  const seen: number[] = [];
  const inside = (x: number, y: number): boolean => x >= x0 && x <= x1 && y >= y0 && y <= y1;
  for (let k = 0; k < fleet.length; k++)
    if (inside(fleet.to[2 * k]!, fleet.to[2 * k + 1]!) || inside(fleet.from[4 * k]!, fleet.from[4 * k + 1]!)) seen.push(k);
  const found: Fleet = {
    length: seen.length,
    from: new Float32Array(4 * seen.length),
    to: new Float32Array(2 * seen.length),
    sizes: new Float32Array(2 * seen.length),
    colours: new Uint32Array(seen.length),
  };
  seen.forEach((row, k) => {
    found.from.set(fleet.from.subarray(4 * row, 4 * row + 4), 4 * k);
    found.to.set(fleet.to.subarray(2 * row, 2 * row + 2), 2 * k);
    found.sizes.set(fleet.sizes.subarray(2 * row, 2 * row + 2), 2 * k);
    found.colours[k] = fleet.colours[row]!;
  });
  return found;
}

/** The way of each vehicle's middle in the second [4 n]: what is left of it from afar. */
export function middles(fleet: Fleet): Float32Array {
  const ways = new Float32Array(4 * fleet.length);
  const [cos, sin] = [new Float32Array(256), new Float32Array(256)];
  for (let k = 0; k < 256; k++) [cos[k], sin[k]] = [Math.cos(k * TURN), Math.sin(k * TURN)];
  for (let k = 0; k < fleet.length; k++) {
    const half = 0.5 * fleet.sizes[2 * k]!;
    const [begin, turn] = [fleet.from[4 * k + 2]!, fleet.from[4 * k + 3]!];
    const [a, b] = [Math.round(begin / TURN) & 255, Math.round((begin + turn) / TURN) & 255];
    ways[4 * k] = fleet.from[4 * k]! - half * cos[a]!;
    ways[4 * k + 1] = fleet.from[4 * k + 1]! - half * sin[a]!;
    ways[4 * k + 2] = fleet.to[2 * k]! - half * cos[b]!;
    ways[4 * k + 3] = fleet.to[2 * k + 1]! - half * sin[b]!;
  }
  return ways;
}

const block = `\
layout(std140) uniform vehicleUniforms {
${LOOK_BLOCK}\
  float share;
  float minPixels;
  float opacity;
  float density;
} vehicle;
`;
const uniforms = {
  name: "vehicle",
  vs: block,
  fs: block,
  uniformTypes: { ...LOOK_TYPES, share: "f32", minPixels: "f32", opacity: "f32", density: "f32" },
} as const;

const shapeVs = `#version 300 es
#define SHADER_NAME vehicles-vertex
in vec4 from;
in vec4 rest; // where it goes, its length and width
in vec4 colours;
out vec4 vColour;
out vec2 vAt;
flat out vec2 vHalf;
void main(void) {
  vec2 front = mix(from.xy, rest.xy, vehicle.share);
  float heading = from.z + from.w * vehicle.share;
  vec2 u = vec2(cos(heading), sin(heading));
  float pixel = vehicle.pixel;
  vHalf = 0.5 * max(rest.zw, vec2(vehicle.minPixels * pixel));
  int corner = gl_VertexID & 3;
  vAt = vec2((corner & 1) == 0 ? -1.0 : 1.0, corner < 2 ? -1.0 : 1.0) * (vHalf + 0.6 * pixel);
  vec2 centre = front - u * 0.5 * rest.z;
  vec2 at = centre + u * vAt.x + vec2(-u.y, u.x) * vAt.y;
  vColour = vec4(colours.rgb, colours.a * vehicle.opacity);
  gl_Position = vec4((at - vehicle.centre) * vehicle.unit, 0.0, 1.0);
}
`;
const shapeFs = `#version 300 es
#define SHADER_NAME vehicles-fragment
precision highp float;
in vec4 vColour;
in vec2 vAt;
flat in vec2 vHalf;
out vec4 fragColor;
void main(void) {
  float pixel = vehicle.pixel;
  float round = min(0.7 * vHalf.y, min(vHalf.x, vHalf.y));
  vec2 q = abs(vAt) - vHalf + round;
  float off = length(max(q, 0.0)) + min(max(q.x, q.y), 0.0) - round;
  float ink = 1.0 - smoothstep(-0.5 * pixel, 0.5 * pixel, off);
  // A windscreen says which end is the front, where there is room for one.
  float glass = step(0.18, vAt.x / vHalf.x) * step(vAt.x / vHalf.x, 0.5) * smoothstep(5.0, 8.0, vHalf.y * 2.0 / pixel);
  fragColor = vec4(mix(vColour.rgb, vec3(0.08, 0.11, 0.14), 0.65 * glass), vColour.a * ink);
}
`;
const dotVs = `#version 300 es
#define SHADER_NAME vehicle-dots-vertex
in vec4 ways;
in vec4 colours;
flat out vec4 vColour;
flat out float vSize;
void main(void) {
  vColour = vec4(colours.rgb, colours.a * vehicle.opacity);
  vSize = vehicle.minPixels * vehicle.density + 1.0;
  gl_PointSize = vSize;
  gl_Position = vec4((mix(ways.xy, ways.zw, vehicle.share) - vehicle.centre) * vehicle.unit, 0.0, 1.0);
}
`;
const dotFs = `#version 300 es
#define SHADER_NAME vehicle-dots-fragment
precision mediump float;
flat in vec4 vColour;
flat in float vSize;
out vec4 fragColor;
void main(void) {
  float off = (length(gl_PointCoord - 0.5) - 0.5) * vSize;
  fragColor = vec4(vColour.rgb, vColour.a * clamp(-off, 0.0, 1.0));
}
`;

export interface FleetProps extends LayerProps {
  fleet?: Fleet | null;
  share?: number;
  minPixels?: number;
}
interface State {
  dots: Drawn;
  shapes: Drawn;
  dotted: Fleet | null; // whose dots the graphics card has
  shaped: Fleet | null; // whose shapes
  near: number; // of them that are in `box`
  box: Box;
}
const DOTS_BELOW = 0.35; // pixels a metre: a car is as small as a dot may be
const ROOM = 0.5;
const NOWHERE: Box = [0, 0, 0, 0];

/** Draws a fleet at a `share` of the way between its two seconds. */
export class FleetLayer extends Layer<Required<FleetProps>> {
  static override layerName = "FleetLayer";
  static override defaultProps = { fleet: { type: "object", value: null, ignore: false }, share: 1, minPixels: 2.5 };

  private get own(): State {
    return this.state as unknown as State;
  }

  override initializeState(): void {
    const { device } = this.context;
    const modules = [uniforms as never];
    const colours = { name: "colours", format: "unorm8x4" } as const;
    const wide = (name: string) => ({ name, format: "float32x4" }) as const;
    this.setState({
      dots: new Drawn(device, { id: `${this.props.id}-dots`, vs: dotVs, fs: dotFs, modules }, [wide("ways"), colours], true),
      shapes: new Drawn(device, { id: this.props.id, vs: shapeVs, fs: shapeFs, modules }, [wide("from"), wide("rest"), colours]),
      ...{ dotted: null, shaped: null, near: 0, box: NOWHERE },
    });
  }

  override finalizeState(context: never): void {
    super.finalizeState(context);
    this.own.dots.destroy();
    this.own.shapes.destroy();
  }

  override draw(): void {
    const { fleet, share, minPixels, opacity } = this.props;
    if (!fleet) return;
    const { viewport, renderPass, device } = this.context;
    const box = boxOf(viewport);
    const look = lookOf(box, viewport);
    const density = device.canvasContext?.cssToDeviceRatio() ?? 1;
    const inputs = { vehicle: { ...look, share, minPixels, opacity: seenOpacity(opacity), density } };
    const own = this.own;
    if (1 / look.pixel < DOTS_BELOW) {
      this.dot(fleet);
      own.dots.draw(renderPass, inputs, fleet.length, [[0, fleet.length]]);
    } else {
      this.shape(fleet, box);
      own.shapes.draw(renderPass, inputs, own.near, [[0, own.near]]);
    }
  }

  private dot(fleet: Fleet): void {
    if (this.own.dotted === fleet) return;
    this.own.dotted = fleet;
    if (!fleet.length) return;
    this.own.dots.column("ways", middles(fleet));
    this.own.dots.column("colours", fleet.colours);
  }

  /** Near by only those in sight are sent, with some room around, so that a small move sends nothing. */
  private shape(fleet: Fleet, box: Box): void {
    const own = this.own;
    if (own.shaped === fleet && holds(own.box, box)) return;
    [own.shaped, own.box] = [fleet, roomier(box, ROOM)];
    const { from, to, sizes, colours, length } = fleetWithin(fleet, own.box);
    own.near = length;
    if (!length) return;
    const rest = new Float32Array(4 * length);
    for (let k = 0; k < length; k++) rest.set([to[2 * k]!, to[2 * k + 1]!, sizes[2 * k]!, sizes[2 * k + 1]!], 4 * k);
    own.shapes.column("from", spread(from, 4));
    own.shapes.column("rest", spread(rest, 4));
    own.shapes.column("colours", spread(colours, 1));
  }
}
