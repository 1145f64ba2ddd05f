/**
 * Crowds of small four-cornered things as plain triangles.
 *
 * Not as instances of one quad: a software renderer makes a call of its own of each instance (SwiftShader: tens of
 * microseconds), and a graphics card fills a wave of 32 or 64 corners with 4. What an instance would have is
 * written once for each corner; which corner it is, the vertex shader reads from gl_VertexID.
 */

import type { Viewport } from "@deck.gl/core";
import { Buffer, type BufferLayout, type Device, type RenderPass } from "@luma.gl/core";
import { Model, type ModelProps } from "@luma.gl/engine";
import type { Box } from "./cells";

const CORNERS = 4;
const INDICES = 6;
const INDEX_BYTES = 4;
type Values = Float32Array | Uint32Array;

/** Each thing's `size` values once for each of its corners; into an array that has the room, if one is given. */
export function spread<T extends Values>(values: T, size: number, into?: T): T {
  const n = values.length / size;
  const out = into && into.length === CORNERS * values.length ? into : (new (values.constructor as new (n: number) => T)(CORNERS * values.length) as T);
  for (let k = 0, at = 0; k < n; k++)
    for (let corner = 0; corner < CORNERS; corner++) for (let c = 0; c < size; c++) out[at++] = values[k * size + c]!;
  return out;
}

/** Two triangles for each of `n` things. */
export function triangles(n: number): Uint32Array {
  const out = new Uint32Array(INDICES * n);
  for (let k = 0; k < n; k++) out.set([4 * k, 4 * k + 1, 4 * k + 2, 4 * k + 2, 4 * k + 1, 4 * k + 3], INDICES * k);
  return out;
}

/** Where the camera looks, as the shaders want it: no more than one product and one sum a corner. */
export interface Look {
  centre: [number, number];
  unit: [number, number]; // of the screen's half, a metre
  pixel: number; // metres
}

export const LOOK_BLOCK = `\
  vec2 centre;
  vec2 unit;
  float pixel;
`;
export const LOOK_TYPES = { centre: "vec2<f32>", unit: "vec2<f32>", pixel: "f32" } as const;

export function boxOf(viewport: Viewport): Box {
  const [x0, y1] = viewport.unproject([0, 0]) as [number, number];
  const [x1, y0] = viewport.unproject([viewport.width, viewport.height]) as [number, number];
  return [x0, y0, x1, y1];
}

export function lookOf([x0, y0, x1, y1]: Box, viewport: Viewport): Look {
  return { centre: [(x0 + x1) / 2, (y0 + y1) / 2], unit: [2 / (x1 - x0), 2 / (y1 - y0)], pixel: (x1 - x0) / viewport.width };
}

/** As deck.gl's own layers take an opacity: even steps look even. */
export function seenOpacity(opacity: number): number {
  return opacity ** (1 / 2.2);
}

/** Triangles are the same for every crowd of a device: one list, as long as the longest needs. */
const lists = new WeakMap<Device, { buffer: Buffer; n: number }>();

function listOf(device: Device, n: number): Buffer {
  let list = lists.get(device);
  if (!list || list.n < n) {
    const most = Math.max(n, 2 * (list?.n ?? 512));
    list?.buffer.destroy();
    list = { buffer: device.createBuffer({ usage: Buffer.INDEX, indexType: "uint32", data: triangles(most) }), n: most };
    lists.set(device, list);
  }
  return list.buffer;
}

/** A model with its columns, which keep their place on the graphics card from one second to the next. */
export class Drawn {
  private readonly model: Model;
  private readonly buffers = new Map<string, Buffer>();

  constructor(
    private readonly device: Device,
    props: ModelProps,
    layout: BufferLayout[],
    private readonly dots = false,
  ) {
    this.model = new Model(device, {
      ...props,
      bufferLayout: layout,
      topology: dots ? "point-list" : "triangle-list",
      vertexCount: 0,
      isInstanced: false,
      disableWarnings: true,
    });
  }

  /** Sets a column; one that is as long as it was is written in place. */
  column(name: string, values: Values | Uint8Array): void {
    const kept = this.buffers.get(name);
    if (kept && kept.byteLength === values.byteLength) return kept.write(values);
    kept?.destroy();
    const buffer = this.device.createBuffer({ usage: Buffer.VERTEX | Buffer.COPY_DST, data: values });
    this.buffers.set(name, buffer);
    this.model.setAttributes({ [name]: buffer });
  }

  /** Draws the things of some ranges; `most` = how many there are. */
  draw(pass: RenderPass, inputs: Record<string, object>, most: number, ranges: readonly (readonly [number, number])[]): void {
    if (!most) return;
    this.model.shaderInputs.setProps(inputs as never);
    if (!this.dots) this.model.setIndexBuffer(listOf(this.device, most));
    for (const [from, to] of ranges) {
      this.model.setVertexCount(this.dots ? to - from : INDICES * (to - from));
      // WebGL's drawElements begins at a byte of the list of triangles, drawArrays at a thing.
      this.model.firstVertex = this.dots ? from : INDICES * INDEX_BYTES * from;
      this.model.draw(pass);
    }
  }

  destroy(): void {
    this.model.destroy();
    for (const buffer of this.buffers.values()) buffer.destroy();
  }
}
