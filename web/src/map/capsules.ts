/**
 * One layer for everything that is a line or a dot: each of a crowd is a stretch with round ends, with a width in metres
 * that never shrinks below a number of pixels. A stretch without length is a dot. Drawn with distances, so edges are
 * smooth without a second pass; what is in sight of a whole city is one call or a few.
 */

import { Layer, type LayerProps, type UpdateParameters } from "@deck.gl/core";
import { roomier, type Cells } from "./cells";
import { boxOf, Drawn, LOOK_BLOCK, LOOK_TYPES, lookOf, seenOpacity, spread } from "./quads";

export interface Crowd {
  length: number;
  ends: Float32Array; // [4 n] x0 y0 x1 y1, metres
  widths: Float32Array; // [n] metres
  colours: Uint8Array; // [4 n]
  styles: Float32Array; // [n] sum of Style
  cells?: Cells; // the crowd stands in this order; without, all of it is drawn
}

export interface CapsuleProps extends LayerProps {
  crowd?: Crowd | null;
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
${LOOK_BLOCK}\
  float minPixels;
  float maxPixels;
  float widthScale;
  float outward;
  float flatten;
  float mute;
  float opacity;
  vec3 base;
} capsule;
`;
const uniforms = {
  name: "capsule",
  vs: block,
  fs: block,
  uniformTypes: {
    ...LOOK_TYPES,
    ...{ minPixels: "f32", maxPixels: "f32", widthScale: "f32", outward: "f32", flatten: "f32", mute: "f32", opacity: "f32", base: "vec3<f32>" },
  },
} as const;

const vs = `#version 300 es
#define SHADER_NAME capsules-vertex
in vec4 ends;
in vec2 shapes;
in vec4 colours;
out vec4 vColour;
out vec2 vAt;
flat out vec3 vShape;
void main(void) {
  vec2 along = ends.zw - ends.xy;
  float size = length(along);
  vec2 u = size > 0.0 ? along / size : vec2(1.0, 0.0);
  vec2 n = vec2(-u.y, u.x);
  float pixel = capsule.pixel;
  float wide = clamp(shapes.x * capsule.widthScale, capsule.minPixels * pixel, capsule.maxPixels * pixel);
  float pad = 0.5 * wide + 0.6 * pixel;
  int corner = gl_VertexID & 3;
  vAt = vec2((corner & 1) == 0 ? -pad : size + pad, corner < 2 ? -pad : pad);
  vShape = vec3(size, 0.5 * wide, shapes.y);
  vColour = vec4(mix(colours.rgb, capsule.base, capsule.mute), colours.a * capsule.opacity);
  float grown = max(wide - shapes.x, 0.0) * 0.5 * capsule.outward;
  vec2 at = ends.xy + u * vAt.x + n * (vAt.y - grown);
  gl_Position = vec4((at - capsule.centre) * capsule.unit, 0.0, 1.0);
}
`;
const fs = `#version 300 es
#define SHADER_NAME capsules-fragment
precision highp float;
in vec4 vColour;
in vec2 vAt;
flat in vec3 vShape;
out vec4 fragColor;
void main(void) {
  float pixel = capsule.pixel;
  float beyond = max(max(-vAt.x, vAt.x - vShape.x), 0.0);
  float off = length(vec2(beyond, vAt.y)) - vShape.y;
  int style = int(vShape.z + 0.5);
  if (style > 0) {
    if (capsule.flatten > 0.5 && (style & 2) != 0) off = max(off, -vAt.x);
    if (capsule.flatten > 0.5 && (style & 4) != 0) off = max(off, vAt.x - vShape.x);
  }
  float ink = 1.0 - smoothstep(-0.5 * pixel, 0.5 * pixel, off);
  if ((style & 1) != 0) {
    float period = max(9.0 * pixel, 4.0 * vShape.y);
    ink *= smoothstep(0.0, pixel, abs(fract(vAt.x / period) - 0.5) * period - 0.25 * period);
  }
  fragColor = vec4(vColour.rgb, vColour.a * ink);
}
`;

const LAYOUT = [
  { name: "ends", format: "float32x4" },
  { name: "shapes", format: "float32x2" },
  { name: "colours", format: "unorm8x4" },
] as const;

const ROOM = 0.01; // of the view: what is drawn wider than it is reaches into it from outside

interface State {
  drawn: Drawn;
  has: Crowd | null; // what the graphics card has
  ends?: Float32Array;
  shapes?: Float32Array;
  colours?: Uint32Array;
}

/** Draws a crowd. Arrays of it that are the same objects as before are not sent to the graphics card again. */
export class CapsuleLayer extends Layer<Required<CapsuleProps>> {
  static override layerName = "CapsuleLayer";
  static override defaultProps = {
    crowd: { type: "object", value: null, ignore: false },
    ...{ minPixels: 1, maxPixels: 1e6, widthScale: 1, outward: 0, flat: true, mute: 0, base: { type: "array", value: [0, 0, 0] } },
  };

  private get own(): State {
    return this.state as unknown as State;
  }

  override initializeState(): void {
    this.setState({ drawn: new Drawn(this.context.device, { id: this.props.id, vs, fs, modules: [uniforms as never] }, [...LAYOUT]), has: null });
  }

  override finalizeState(context: never): void {
    super.finalizeState(context);
    this.own.drawn.destroy();
  }

  override updateState(params: UpdateParameters<this>): void {
    super.updateState(params);
    const { crowd } = this.props;
    const { drawn, has } = this.own;
    if (!crowd || crowd === has) return;
    const own = this.own;
    if (crowd.ends !== has?.ends) drawn.column("ends", (own.ends = spread(crowd.ends, 4, own.ends)));
    if (crowd.widths !== has?.widths || crowd.styles !== has.styles) {
      const both = new Float32Array(2 * crowd.length);
      for (let k = 0; k < crowd.length; k++) [both[2 * k], both[2 * k + 1]] = [crowd.widths[k]!, crowd.styles[k]!];
      drawn.column("shapes", (own.shapes = spread(both, 2, own.shapes)));
    }
    if (crowd.colours !== has?.colours) {
      const each = new Uint32Array(crowd.colours.buffer, crowd.colours.byteOffset, crowd.length);
      drawn.column("colours", (own.colours = spread(each, 1, own.colours)));
    }
    own.has = crowd;
  }

  override draw(): void {
    const { crowd, minPixels, maxPixels, widthScale, outward, mute, opacity } = this.props;
    if (!crowd) return;
    const { viewport, renderPass } = this.context;
    const base = this.props.base.map((part) => part / 255);
    const box = boxOf(viewport);
    const ranges: [number, number][] = crowd.cells ? crowd.cells.ranges(roomier(box, ROOM)) : [[0, crowd.length]];
    const look = { ...lookOf(box, viewport), opacity: seenOpacity(opacity) };
    const capsule = { ...look, minPixels, maxPixels, widthScale, outward, mute, base, flatten: this.props.flat ? 1 : 0 };
    this.own.drawn.draw(renderPass, { capsule }, crowd.length, ranges);
  }
}
