/** A layer that shows what `Raster` has drawn: streets and vehicles as one picture, where no graphics card is. */

import { Layer, type LayerProps } from "@deck.gl/core";
import { Texture } from "@luma.gl/core";
import { Model } from "@luma.gl/engine";
import { boxOf, seenOpacity } from "./quads";
import { Raster, type Stroke } from "./raster";
import { middles, type Fleet } from "./vehicles";

export interface PictureProps extends LayerProps {
  strokes?: Stroke[];
  fleet?: Fleet | null;
  share?: number; // of the way between the fleet's two seconds
  dotPixels?: number;
  dotOpacity?: number;
}

const vs = `#version 300 es
#define SHADER_NAME picture-vertex
out vec2 vAt;
void main(void) {
  vAt = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  gl_Position = vec4(2.0 * vAt.x - 1.0, 1.0 - 2.0 * vAt.y, 0.0, 1.0);
}
`;
const fs = `#version 300 es
#define SHADER_NAME picture-fragment
precision mediump float;
uniform sampler2D picture;
in vec2 vAt;
out vec4 fragColor;
void main(void) {
  vec4 seen = texture(picture, vAt);
  fragColor = vec4(seen.rgb / max(seen.a, 0.004), seen.a);
}
`;

interface State {
  model: Model;
  raster: Raster | null;
  texture: Texture | null;
  fleet: Fleet | null;
  ways: Float32Array;
}

export class PictureLayer extends Layer<Required<PictureProps>> {
  static override layerName = "PictureLayer";
  static override defaultProps = {
    strokes: { type: "object", value: [], ignore: false },
    fleet: { type: "object", value: null, ignore: false },
    ...{ share: 1, dotPixels: 1, dotOpacity: 1 },
  };

  private get own(): State & { drawn: Model } {
    return this.state as never;
  }

  override initializeState(): void {
    const drawn = new Model(this.context.device, {
      ...{ id: this.props.id, vs, fs, topology: "triangle-strip", vertexCount: 4, isInstanced: false, disableWarnings: true },
    });
    this.setState({ drawn, raster: null, texture: null, fleet: null, ways: new Float32Array(0) });
  }

  override finalizeState(context: never): void {
    super.finalizeState(context);
    this.own.drawn.destroy();
    this.own.texture?.destroy();
  }

  override draw(): void {
    const { strokes, fleet, share, dotPixels, dotOpacity } = this.props;
    const { viewport, renderPass } = this.context;
    const raster = this.sized();
    const box = boxOf(viewport);
    raster.clear();
    for (const stroke of strokes) raster.stroke({ ...stroke, opacity: seenOpacity(stroke.opacity) }, box);
    if (fleet) {
      if (this.own.fleet !== fleet) [this.own.fleet, this.own.ways] = [fleet, middles(fleet)];
      raster.dots(this.own.ways, fleet.colours, share, dotPixels, seenOpacity(dotOpacity), box);
    }
    this.own.texture!.writeData(raster.bytes);
    this.own.drawn.setBindings({ picture: this.own.texture! });
    this.own.drawn.draw(renderPass);
  }

  /** A raster as large as the canvas is now. */
  private sized(): Raster {
    const { device } = this.context;
    const [width, height] = device.canvasContext!.getDrawingBufferSize();
    const { raster } = this.own;
    if (raster?.width === width && raster.height === height) return raster;
    this.own.texture?.destroy();
    this.own.texture = device.createTexture({ format: "rgba8unorm", width, height, mipLevels: 1, sampler: { minFilter: "nearest", magFilter: "nearest" } });
    return (this.own.raster = new Raster(width, height, device.canvasContext!.cssToDeviceRatio()));
  }
}
