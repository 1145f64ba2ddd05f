/**
 * One layer for everything that is a line or a dot: each instance is a stretch with round ends, with a width in metres
 * that never shrinks below a number of pixels. A stretch without length is a dot. Drawn with distances, so edges are
 * smooth without a second pass; a whole city is one call.
 */

import { Layer, picking, project32, type LayerProps, type UpdateParameters } from "@deck.gl/core";
import { Geometry, Model } from "@luma.gl/engine";

export interface Crowd {
  length: number;
  ends: Float32Array; // [4 n] x0 y0 x1 y1, metres
  widths: Float32Array; // [n] metres
  colours: Uint8Array; // [4 n]
  styles: Float32Array; // [n] sum of Style
}

export interface CapsuleProps extends LayerProps {
  minPixels?: number;
  maxPixels?: number;
  widthScale?: number;
  flat?: boolean; // flat ends are drawn flat; from afar they are round, so that lines meet
  mute?: number; // share of `base` in every colour
  base?: readonly number[];
  outward?: number; // 1 = what is wider than it really is grows to the right only, -1 to the left, 0 to both sides
}

const block = `\
layout(std140) uniform capsuleUniforms {
  float minPixels;
  float maxPixels;
  float widthScale;
  float outward;
  float flatten;
  float mute;
  vec3 base;
} capsule;
`;
const uniforms = {
  name: "capsule",
  vs: block,
  fs: block,
  uniformTypes: { minPixels: "f32", maxPixels: "f32", widthScale: "f32", outward: "f32", flatten: "f32", mute: "f32", base: "vec3<f32>" },
} as const;

const vs = `#version 300 es
#define SHADER_NAME capsules-vertex
in vec3 positions;
in vec4 instanceEnds;
in float instanceWidths;
in vec4 instanceColours;
in float instanceStyles;
out vec4 vColour;
out vec2 vAt;
flat out float vLength;
flat out float vHalf;
flat out float vPixel;
flat out float vStyle;
void main(void) {
  vec2 along = instanceEnds.zw - instanceEnds.xy;
  float size = length(along);
  vec2 u = size > 0.0 ? along / size : vec2(1.0, 0.0);
  vec2 n = vec2(-u.y, u.x);
  vPixel = project_pixel_size(1.0);
  float wide = clamp(instanceWidths * capsule.widthScale, capsule.minPixels * vPixel, capsule.maxPixels * vPixel);
  vHalf = 0.5 * wide;
  float pad = vHalf + vPixel;
  vAt = vec2(mix(-pad, size + pad, positions.x), positions.y * pad);
  vLength = size;
  vStyle = instanceStyles;
  vColour = vec4(mix(instanceColours.rgb, capsule.base, capsule.mute), instanceColours.a * layer.opacity);
  float grown = max(wide - instanceWidths, 0.0) * 0.5 * capsule.outward;
  vec2 at = instanceEnds.xy + u * vAt.x + n * (vAt.y - grown);
  geometry.worldPosition = vec3(at, 0.0);
  gl_Position = project_position_to_clipspace(vec3(at, 0.0), vec3(0.0), vec3(0.0), geometry.position);
  if (instanceColours.a == 0.0) gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
}
`;
const fs = `#version 300 es
#define SHADER_NAME capsules-fragment
precision highp float;
in vec4 vColour;
in vec2 vAt;
flat in float vLength;
flat in float vHalf;
flat in float vPixel;
flat in float vStyle;
out vec4 fragColor;
void main(void) {
  float beyond = max(max(-vAt.x, vAt.x - vLength), 0.0);
  float off = length(vec2(beyond, vAt.y)) - vHalf;
  int style = int(vStyle + 0.5);
  if (capsule.flatten > 0.5 && (style & 2) != 0) off = max(off, -vAt.x);
  if (capsule.flatten > 0.5 && (style & 4) != 0) off = max(off, vAt.x - vLength);
  float ink = 1.0 - smoothstep(-0.5 * vPixel, 0.5 * vPixel, off);
  if ((style & 1) != 0) {
    float period = max(9.0 * vPixel, 4.0 * vHalf);
    ink *= smoothstep(0.0, vPixel, abs(fract(vAt.x / period) - 0.5) * period - 0.25 * period);
  }
  if (ink < 0.01) discard;
  fragColor = vec4(vColour.rgb, vColour.a * ink);
}
`;

type State = { model?: Model };

/** Draws a crowd; give it as `data` with `attributes` (see `crowdData`). */
export class CapsuleLayer extends Layer<Required<CapsuleProps>> {
  static override layerName = "CapsuleLayer";
  static override defaultProps = { minPixels: 1, maxPixels: 1e6, widthScale: 1, outward: 0, flat: true, mute: 0, base: { type: "array", value: [0, 0, 0] } };

  override getShaders(): unknown {
    return super.getShaders({ vs, fs, modules: [project32, picking, uniforms] });
  }

  override initializeState(): void {
    this.getAttributeManager()?.addInstanced({
      instanceEnds: { size: 4, type: "float32", noAlloc: true },
      instanceWidths: { size: 1, type: "float32", noAlloc: true },
      instanceColours: { size: 4, type: "unorm8", noAlloc: true },
      instanceStyles: { size: 1, type: "float32", noAlloc: true },
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
        attributes: { positions: { size: 3, value: new Float32Array([0, -1, 0, 1, -1, 0, 0, 1, 0, 1, 1, 0]) } },
      }),
      isInstanced: true,
    });
  }

  override draw(): void {
    const { model } = this.state as State;
    const { minPixels, maxPixels, widthScale, outward, mute } = this.props;
    const base = this.props.base.map((part) => part / 255);
    const flatten = this.props.flat ? 1 : 0;
    model!.shaderInputs.setProps({ capsule: { minPixels, maxPixels, widthScale, outward, mute, base, flatten } });
    model!.draw(this.context.renderPass);
  }
}

/** A crowd as the layer wants it. Arrays that are the same objects as before are not sent to the GPU again. */
export function crowdData(crowd: Crowd): object {
  return {
    length: crowd.length,
    attributes: {
      instanceEnds: { value: crowd.ends, size: 4 },
      instanceWidths: { value: crowd.widths, size: 1 },
      instanceColours: { value: crowd.colours, size: 4 },
      instanceStyles: { value: crowd.styles, size: 1 },
    },
  };
}
