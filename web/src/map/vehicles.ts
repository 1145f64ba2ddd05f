/** Vehicles as oriented shapes near by and dots from afar; between two seconds the GPU moves them on. */

import { Layer, picking, project32, type LayerProps, type UpdateParameters } from "@deck.gl/core";
import { Geometry, Model } from "@luma.gl/engine";
import { PLANES } from "../live/frame";
import type { Vehicles } from "../live/store.svelte";

export interface Fleet {
  length: number;
  from: Float32Array; // [4 n] x, y (m), heading (rad), how far it turns
  to: Float32Array; // [2 n] x, y
  sizes: Float32Array; // [2 n] length, width
  colours: Uint8Array; // [4 n]
}

const SIZES: Record<number, [number, number]> = { 1: [4.5, 1.85], 2: [12, 2.55], 4: [9, 2.5], 8: [6, 2.1], 16: [1.9, 0.7], 32: [28, 2.65] };
const JUMP_M = 60; // in one second: a vehicle that is another one
const TURN = Math.PI / 128;

/** Pairs the vehicles of two seconds by their number. */
export function fleetOf(now: Vehicles, before: Vehicles | null, colourOf: (kind: number) => readonly number[]): Fleet {
  const [id, x, y, heading, kind] = columns(now);
  const n = id.length;
  const fleet: Fleet = {
    length: n,
    from: new Float32Array(4 * n),
    to: new Float32Array(2 * n),
    sizes: new Float32Array(2 * n),
    colours: new Uint8Array(4 * n),
  };
  const was = before && now.timeS > before.timeS && now.timeS - before.timeS < 6 ? places(before) : null;
  for (let k = 0; k < n; k++) {
    const row = was?.get(id[k]!) ?? -1;
    const [px, py, ph] = row < 0 ? [x[k]!, y[k]!, heading[k]!] : was!.at(row);
    const far = Math.hypot(x[k]! - px, y[k]! - py) > JUMP_M * Math.max(1, now.timeS - (before?.timeS ?? 0));
    const turn = ((heading[k]! - ph + 384) % 256) - 128;
    fleet.from.set(far ? [x[k]!, y[k]!, heading[k]! * TURN, 0] : [px, py, ph * TURN, turn * TURN], 4 * k);
    fleet.to.set([x[k]!, y[k]!], 2 * k);
    fleet.sizes.set(SIZES[kind[k]!] ?? SIZES[1]!, 2 * k);
    fleet.colours.set(colourOf(kind[k]!), 4 * k);
  }
  return fleet;
}

function columns(of: Vehicles): [Uint32Array, Float32Array, Float32Array, Uint8Array, Uint8Array] {
  const get = (plane: number): never => (of.columns.get(plane) ?? new Uint8Array(0)) as never;
  return [get(PLANES.vehicleId), get(PLANES.vehicleX), get(PLANES.vehicleY), get(PLANES.vehicleHeading), get(PLANES.vehicleClass)];
}

function places(of: Vehicles): { get(id: number): number | undefined; at(row: number): [number, number, number] } {
  const [id, x, y, heading] = columns(of);
  const rows = new Map<number, number>();
  for (let k = 0; k < id.length; k++) rows.set(id[k]!, k);
  return { get: (one) => rows.get(one), at: (row) => [x[row]!, y[row]!, heading[row]!] };
}

const block = `\
layout(std140) uniform vehicleUniforms {
  float share;
  float minPixels;
} vehicle;
`;
const uniforms = { name: "vehicle", vs: block, fs: block, uniformTypes: { share: "f32", minPixels: "f32" } } as const;

const vs = `#version 300 es
#define SHADER_NAME vehicles-vertex
in vec3 positions;
in vec4 instanceFrom;
in vec2 instanceTo;
in vec2 instanceSizes;
in vec4 instanceColours;
out vec4 vColour;
out vec2 vAt;
flat out vec2 vHalf;
flat out float vPixel;
void main(void) {
  vec2 front = mix(instanceFrom.xy, instanceTo, vehicle.share);
  float heading = instanceFrom.z + instanceFrom.w * vehicle.share;
  vec2 u = vec2(cos(heading), sin(heading));
  vPixel = project_pixel_size(1.0);
  vec2 size = max(instanceSizes, vec2(vehicle.minPixels * vPixel));
  vHalf = 0.5 * size;
  vAt = positions.xy * (vHalf + vPixel);
  vec2 centre = front - u * 0.5 * instanceSizes.x;
  vec2 at = centre + u * vAt.x + vec2(-u.y, u.x) * vAt.y;
  vColour = vec4(instanceColours.rgb, instanceColours.a * layer.opacity);
  geometry.worldPosition = vec3(at, 0.0);
  gl_Position = project_position_to_clipspace(vec3(at, 0.0), vec3(0.0), vec3(0.0), geometry.position);
}
`;
const fs = `#version 300 es
#define SHADER_NAME vehicles-fragment
precision highp float;
in vec4 vColour;
in vec2 vAt;
flat in vec2 vHalf;
flat in float vPixel;
out vec4 fragColor;
void main(void) {
  float round = min(0.7 * vHalf.y, min(vHalf.x, vHalf.y));
  vec2 q = abs(vAt) - vHalf + round;
  float off = length(max(q, 0.0)) + min(max(q.x, q.y), 0.0) - round;
  float ink = 1.0 - smoothstep(-0.5 * vPixel, 0.5 * vPixel, off);
  if (ink < 0.01) discard;
  // A windscreen says which end is the front, where there is room for one.
  float glass = step(0.18, vAt.x / vHalf.x) * step(vAt.x / vHalf.x, 0.5) * smoothstep(5.0, 8.0, vHalf.y * 2.0 / vPixel);
  fragColor = vec4(mix(vColour.rgb, vec3(0.08, 0.11, 0.14), 0.65 * glass), vColour.a * ink);
}
`;

export interface FleetProps extends LayerProps {
  share?: number;
  minPixels?: number;
}
type State = { model?: Model };

/** Draws a fleet at a `share` of the way between its two seconds. */
export class FleetLayer extends Layer<Required<FleetProps>> {
  static override layerName = "FleetLayer";
  static override defaultProps = { share: 1, minPixels: 2.5 };

  override getShaders(): unknown {
    return super.getShaders({ vs, fs, modules: [project32, picking, uniforms] });
  }

  override initializeState(): void {
    this.getAttributeManager()?.addInstanced({
      instanceFrom: { size: 4, type: "float32", noAlloc: true },
      instanceTo: { size: 2, type: "float32", noAlloc: true },
      instanceSizes: { size: 2, type: "float32", noAlloc: true },
      instanceColours: { size: 4, type: "unorm8", noAlloc: true },
    });
  }

  override updateState(params: UpdateParameters<this>): void {
    super.updateState(params);
    const state = this.state as State;
    if (state.model && !params.changeFlags.extensionsChanged) return;
    state.model?.destroy();
    state.model = new Model(this.context.device, {
      ...(this.getShaders() as object),
      id: this.props.id,
      bufferLayout: this.getAttributeManager()!.getBufferLayouts(),
      geometry: new Geometry({
        topology: "triangle-strip",
        attributes: { positions: { size: 3, value: new Float32Array([-1, -1, 0, 1, -1, 0, -1, 1, 0, 1, 1, 0]) } },
      }),
      isInstanced: true,
    });
  }

  override draw(): void {
    const { model } = this.state as State;
    model!.shaderInputs.setProps({ vehicle: { share: this.props.share, minPixels: this.props.minPixels } });
    model!.draw(this.context.renderPass);
  }
}

/** A fleet as the layer wants it. */
export function fleetData(fleet: Fleet): object {
  return {
    length: fleet.length,
    attributes: {
      instanceFrom: { value: fleet.from, size: 4 },
      instanceTo: { value: fleet.to, size: 2 },
      instanceSizes: { value: fleet.sizes, size: 2 },
      instanceColours: { value: fleet.colours, size: 4 },
    },
  };
}
