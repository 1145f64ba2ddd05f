/** The map: what stands is turned into lines once, what is live is painted onto them with every frame. */

import { Deck, LinearInterpolator, OrthographicView, type Layer } from "@deck.gl/core";
import { SolidPolygonLayer, TextLayer } from "@deck.gl/layers";
import type { Device } from "@luma.gl/core";
import type { Column } from "../live/frame";
import { UNKNOWN_16, UNKNOWN_8 } from "../live/frame";
import type { Geometry } from "../live/geometry";
import type { Place } from "../live/places";
import type { Vehicles } from "../live/store.svelte";
import { CapsuleLayer, type CapsuleProps, type Crowd } from "./capsules";
import type { Box } from "./cells";
import { streetLabels, type Label } from "./labels";
import { Near } from "./near";
import { byOwner, even, painted, ramp, type RoadPlanes } from "./paint";
import { PALETTES, type Palette, type Rgb, type Theme } from "./palette";
import * as shapes from "./shapes";
import { Style } from "./styles";
import { PictureLayer } from "./picture";
import { FleetLayer, fleetOf, type Fleet } from "./vehicles";

export interface Shown {
  vehicles: boolean;
  queues: boolean;
  signals: boolean;
  sensors: boolean;
}

export interface LivePlanes extends RoadPlanes {
  queue: Column;
  colour: Column;
  change: Column;
  health: Column;
  timeS: number;
}

export interface Camera {
  target: [number, number, number];
  zoom: number;
}

const ZOOMS = { minZoom: -7, maxZoom: 5 };
const NEAR = 1.1; // pixels a metre from which on lanes are drawn
const INSIDE = 0.4; // and the insides of junctions
const LIGHTS = 0.35;
const QUEUES = 0.25;
const PICTURE = 0.35; // below it a program that plays a graphics card is spared the streets: see raster.ts
const MANY = 3000; // streets and vehicles: fewer are drawn sooner than a picture is sent
const THIN = 0.6; // of its width: so thin is a street of which nothing is known
const TEXT_FONT = "InterVariable, Inter Variable, system-ui, sans-serif";

export class Scene {
  shown: Shown = { vehicles: true, queues: true, signals: true, sensors: false };
  selected: Place | null = null;
  linkPicked: ((link: number) => void) | null = null; // instead of junctions
  linkPointed: ((link: number) => void) | null = null; // of the way; -1 = none
  moved: (camera: Camera) => void = () => undefined; // somebody has moved it by hand
  overlay: (pixelsPerM: number, palette: Palette) => Layer[] = () => []; // what a view draws above everything
  private deck: Deck<OrthographicView>;
  private device: Device | null = null;
  private ended = false;
  private camera: Camera;
  private palette: Palette;
  private links: shapes.Stretches;
  private roads: Crowd;
  private casing: Crowd;
  private near: Near; // what is made for the part in sight
  private made = new Map<string, Crowd>(); // of it, painted
  private approach: Int32Array; // link that each group speaks for
  private countdowns: { at: [number, number]; text: string; colour: Rgb }[] = [];
  private labels: Label[] | null = null; // made when the first are read
  private shownLabels: { most: number; data: Label[] } = { most: -1, data: [] };
  private water: Layer[] | null = null;
  private fleet: Fleet | null = null;
  private fleetAtMs = 0;
  way: ReadonlySet<number> = new Set(); // that stands out
  hot: ReadonlySet<number> = new Set();
  private planes: LivePlanes | null = null;
  private animation = 0;
  private drawnMs = 0;
  private wokenMs = 0;
  private gapMs = 16; // between two moments to draw
  private restMs = 0;
  private readonly still = matchMedia("(prefers-reduced-motion: reduce)").matches;

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly g: Geometry,
    private readonly places: Place[],
    theme: Theme,
    private readonly picked: (place: Place) => void,
  ) {
    this.palette = PALETTES[theme];
    this.links = shapes.inCells(shapes.linkStretches(g));
    this.near = new Near(g);
    this.approach = shapes.approaches(g);
    this.roads = crowdOf(this.links, this.palette.unknown);
    this.casing = crowdOf(this.links, this.palette.asphalt);
    this.camera = this.whole();
    this.deck = new Deck<OrthographicView>({
      canvas,
      views: new OrthographicView({ flipY: false }),
      initialViewState: { ...this.camera, ...ZOOMS } as never,
      controller: { doubleClickZoom: true, inertia: 180 } as never,
      layers: [],
      // Every edge is smoothed by its own shader, and what is drawn later lies above.
      deviceProps: { webgl: { antialias: false, depth: false, stencil: false } },
      parameters: { depthCompare: "always", depthWriteEnabled: false },
      useDevicePixels: Math.min(window.devicePixelRatio || 1, 2),
      pickingRadius: 0,
      getCursor: ({ isDragging }) => (isDragging ? "grabbing" : "default"),
      onViewStateChange: ({ viewState }) => {
        this.camera = { target: viewState.target as Camera["target"], zoom: viewState.zoom as number };
        this.moved(this.camera);
        this.draw();
      },
      onClick: (info) => this.click(info.x, info.y, info.viewport),
      onHover: (info) => this.point(info.x, info.y, info.viewport),
      onResize: () => this.draw(),
      onDeviceInitialized: (device) => {
        this.device = device;
        if (this.ended) this.release(); // its view was left before it was there
      },
    });
    this.draw();
  }

  destroy(): void {
    this.ended = true;
    cancelAnimationFrame(this.animation);
    this.deck.finalize();
    this.release();
  }

  /** deck.gl leaves the canvas's observers to whoever may use the device again: they would hold the whole view. */
  private release(): void {
    this.device?.canvasContext?.destroy();
    this.device = null;
  }

  // ---- where the camera is ----

  private whole(): Camera {
    const [x0, y0, x1, y1] = shapes.bounds(this.g);
    const room = Math.min(this.canvas.clientWidth / (x1 - x0), this.canvas.clientHeight / (y1 - y0)) * 0.94;
    return { target: [(x0 + x1) / 2, (y0 + y1) / 2, 0], zoom: Math.log2(Math.max(room, 1e-3)) };
  }

  fit(): void {
    this.fly(this.whole());
  }

  flyTo(x: number, y: number, pixelsPerM: number): void {
    this.fly({ target: [x, y, 0], zoom: Math.log2(pixelsPerM) });
  }

  private fly(to: Camera): void {
    this.camera = to;
    const moves = this.still
      ? {}
      : { transitionDuration: 650, transitionInterpolator: new LinearInterpolator(["target", "zoom"]) };
    this.deck.setProps({ initialViewState: { ...to, ...ZOOMS, ...moves } as never });
    this.draw();
  }

  /** Shows these links, all of them. */
  fitTo(links: readonly number[]): void {
    let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
    for (const link of links)
      for (let p = this.g.link_at[link]!; p < this.g.link_at[link + 1]!; p++) {
        [x0, x1] = [Math.min(x0, this.g.link_x[p]!), Math.max(x1, this.g.link_x[p]!)];
        [y0, y1] = [Math.min(y0, this.g.link_y[p]!), Math.max(y1, this.g.link_y[p]!)];
      }
    if (!(x0 <= x1)) return;
    const { clientWidth, clientHeight } = this.canvas;
    const room = 0.82 * Math.min(clientWidth / Math.max(x1 - x0, 120), clientHeight / Math.max(y1 - y0, 120));
    this.flyTo((x0 + x1) / 2, (y0 + y1) / 2, Math.max(room, 1e-3));
  }

  /** A way that stands out from all other streets, and the links of it that somebody looks at. */
  light(way: readonly number[], hot: readonly number[]): void {
    if (!way.length && !this.way.size) return;
    [this.way, this.hot] = [new Set(way), new Set(hot)];
    if (this.planes) this.paint(this.planes);
  }

  private point(px: number, py: number, viewport: { unproject(xy: number[]): number[] } | undefined): void {
    if (!this.linkPointed || !this.way.size) return;
    const [x, y] = px >= 0 && viewport ? viewport.unproject([px, py]) : [NaN, NaN];
    this.linkPointed(nearestLink(this.g, x!, y!, Math.max(16 / this.pixelsPerM, 10), this.way));
  }

  /** Looks where another map looks, at once. */
  lookAt(camera: Camera): void {
    this.camera = camera;
    this.deck.setProps({ initialViewState: { ...camera, ...ZOOMS } as never });
    this.draw();
  }

  zoomBy(steps: number): void {
    const zoom = Math.min(Math.max(this.camera.zoom + steps, ZOOMS.minZoom), ZOOMS.maxZoom);
    this.fly({ ...this.camera, zoom });
  }

  panBy(dx: number, dy: number): void {
    const [x, y] = this.camera.target;
    const m = 1 / 2 ** this.camera.zoom;
    this.fly({ target: [x + dx * m, y + dy * m, 0], zoom: this.camera.zoom });
  }

  private click(px: number, py: number, viewport: { unproject(xy: number[]): number[] } | undefined): void {
    if (!viewport) return;
    const [x, y] = viewport.unproject([px, py]) as [number, number];
    if (this.linkPicked) {
      const link = nearestLink(this.g, x, y, Math.max(14 / 2 ** this.camera.zoom, 12));
      if (link >= 0) this.linkPicked(link);
      return;
    }
    const reachM = Math.max(22 / 2 ** this.camera.zoom, 25);
    let best: Place | null = null;
    let nearest = reachM;
    for (const place of this.places) {
      const away = Math.hypot(place.x - x, place.y - y);
      if (away < nearest) [best, nearest] = [place, away];
    }
    if (best) this.picked(best);
  }

  // ---- what is painted ----

  theme(theme: Theme): void {
    this.palette = PALETTES[theme];
    this.water = null;
    this.casing = { ...this.casing, colours: even(this.casing.length, this.palette.asphalt) };
    this.made.clear();
    if (this.planes) this.paint(this.planes);
    this.draw();
  }

  /** Takes in the planes of a frame. */
  paint(planes: LivePlanes): void {
    this.planes = planes;
    this.roads = { ...this.roads, ...painted(this.links, planes, this.palette, this) };
    for (const name of ["lights", "sensors", "queues"]) this.made.delete(name);
    this.countdowns = this.countdownsOf(planes);
    this.draw();
  }

  /** Lines that show near by only, made when they are first seen there. */
  private once(name: string, make: () => Crowd): Crowd {
    let found = this.made.get(name);
    if (!found) this.made.set(name, (found = make()));
    return found;
  }

  private get lights(): Crowd {
    const { palette, planes } = this;
    const of = this.near.stops;
    const colour = (group: number): Rgb => (planes && !planes.stale ? palette.lights[planes.colour[group] ?? UNKNOWN_8] : undefined) ?? palette.unknown;
    return this.once("lights", () => ({ ...crowdOf(of), colours: byOwner(of.owner, colour) }));
  }

  private get sensors(): Crowd {
    const { palette, planes } = this;
    const of = this.near.dots;
    const colour = (sensor: number): Rgb => palette.health[planes?.health[sensor] ?? 1] ?? palette.unknown;
    return this.once("sensors", () => ({ ...crowdOf(of), colours: byOwner(of.owner, colour) }));
  }

  private get queues(): Crowd {
    return this.once("queues", () => {
      const crowd = crowdOf(this.near.queues(this.planes?.queue ?? new Uint8Array(0)), this.palette.queue);
      return this.planes?.stale ? { ...crowd, styles: crowd.styles.map(() => Style.Dashed) } : crowd;
    });
  }

  /** Seconds to the change of each group in sight, once the camera is near. */
  private countdownsOf({ change, colour, timeS, stale }: LivePlanes): Scene["countdowns"] {
    if (stale || this.pixelsPerM < 1.8) return [];
    this.sight();
    const stops = this.near.stops;
    const reach = Math.max(this.canvas.clientWidth, this.canvas.clientHeight) / this.pixelsPerM;
    const [x, y] = this.camera.target;
    const seen = new Set<string>(); // groups of an approach that change together are told once
    const found: Scene["countdowns"] = [];
    for (let k = 0; k < stops.owner.length && found.length < 300; k++) {
      const group = stops.owner[k]!;
      const [ax, ay, bx, by] = stops.ends.subarray(4 * k, 4 * k + 4) as unknown as [number, number, number, number];
      if (change[group] === undefined || change[group] === UNKNOWN_16) continue;
      if (Math.abs(ax - x) > reach || Math.abs(ay - y) > reach) continue;
      const left = ((change[group]! - Math.floor(timeS)) % UNKNOWN_16 + UNKNOWN_16) % UNKNOWN_16;
      const key = `${this.approach[group]},${left},${colour[group]}`;
      if (seen.has(key)) continue;
      seen.add(key);
      const [ux, uy] = [(by - ay) / Math.hypot(bx - ax, by - ay), -(bx - ax) / Math.hypot(bx - ax, by - ay)];
      const at: [number, number] = [(ax + bx) / 2 + ux * 9, (ay + by) / 2 + uy * 9];
      if (left < 600) found.push({ at, text: String(left), colour: this.palette.lights[colour[group]!] ?? this.palette.label });
    }
    return found;
  }

  /** Takes in the vehicles of a second. */
  drive(now: Vehicles, before: Vehicles | null): void {
    const { vehicle, bus, truck, emergency } = this.palette;
    const byKind: Record<number, readonly number[]> = { 2: [...bus, 255], 4: [...truck, 255], 8: [...emergency, 255] };
    const other = [...vehicle, 255];
    this.fleet = fleetOf(now, before, (kind) => byKind[kind] ?? other);
    this.fleetAtMs = now.atMs;
    this.draw();
  }

  get vehicles(): number {
    return this.fleet?.length ?? 0;
  }

  get fps(): number {
    return (this.deck as unknown as { metrics: { fps: number } }).metrics.fps;
  }

  get pixelsPerM(): number {
    return 2 ** this.camera.zoom;
  }

  /** Draws soon; between two seconds again and again, as often as vehicles move by a third of a pixel. */
  draw(): void {
    if (this.animation) return;
    this.animation = requestAnimationFrame(() => {
      this.animation = 0;
      const nowMs = performance.now();
      this.pace(nowMs);
      const goes = this.shown.vehicles && this.fleet !== null && !this.still && nowMs - this.fleetAtMs < 1000;
      const everyMs = Math.max(Math.min(Math.max(1000 / (45 * this.pixelsPerM), 16), 250), this.restMs);
      if (!goes || nowMs - this.drawnMs >= everyMs - 4) {
        this.drawnMs = nowMs;
        this.deck.setProps({ layers: this.layers(nowMs) });
      }
      if (goes) this.draw();
    });
  }

  /** Where drawing is slow, as without a graphics card, it is left three quarters of the time for everything else. */
  private pace(nowMs: number): void {
    const gapMs = Math.min(nowMs - this.wokenMs, 400);
    this.wokenMs = nowMs;
    if (gapMs < 400) this.gapMs += 0.2 * (gapMs - this.gapMs);
    this.restMs = this.gapMs > 30 ? Math.min(4 * this.gapMs, 500) : 0;
  }

  private get box(): Box {
    const [x, y] = this.camera.target;
    const [dx, dy] = [this.canvas.clientWidth / 2 / this.pixelsPerM, this.canvas.clientHeight / 2 / this.pixelsPerM];
    return [x - dx, y - dy, x + dx, y + dy];
  }

  /** Lines that show near by are forgotten where another part is in sight. */
  private sight(): void {
    if (this.near.look(this.box)) for (const name of ["inside", "marks", "lights", "queues"]) this.made.delete(name);
  }

  private lines(id: string, crowd: Crowd, props: Partial<CapsuleProps>): Layer {
    return new CapsuleLayer({ id, crowd, ...props } as never);
  }

  /** Whether a program plays the graphics card: then what is many and small is drawn by the processor at once. */
  private get isSoftware(): boolean {
    const info = this.device?.info;
    return info?.gpuType === "cpu" || /swiftshader|llvmpipe|software|basic render/i.test(info?.renderer ?? "");
  }

  private layers(nowMs: number): Layer[] {
    const s = this.pixelsPerM;
    if (s > QUEUES) this.sight();
    const strokes = this.strokes(s);
    const found: Layer[] = [...this.ground()];
    const fleet = this.shown.vehicles ? this.fleet : null;
    const many = this.vehicles + (this.links.cells?.count(this.box) ?? 0) > MANY;
    if (s < PICTURE && many && this.isSoftware) found.push(this.picture(strokes, fleet, nowMs, s));
    else {
      for (const [id, crowd, props] of strokes) found.push(this.lines(id, crowd, props));
      if (fleet) found.push(new FleetLayer({ id: "fleet", fleet, ...this.fleetLook(nowMs, s) } as never));
    }
    return [...found, ...this.words(s), ...this.mark(), ...this.overlay(s, this.palette)];
  }

  private picture(strokes: [string, Crowd, Partial<CapsuleProps>][], fleet: Fleet | null, nowMs: number, s: number): Layer {
    const { share, minPixels, opacity } = this.fleetLook(nowMs, s);
    const usual = { maxPixels: 1e6, minPixels: 1, widthScale: 1, outward: 0, flat: true, mute: 0, base: [0, 0, 0], opacity: 1 };
    const all = strokes.map(([, crowd, props]) => ({ ...usual, ...props, crowd }));
    return new PictureLayer({ id: "picture", strokes: all, fleet, share, dotPixels: minPixels, dotOpacity: opacity } as never);
  }

  /** What is drawn of the streets from here, from below to above. */
  private strokes(s: number): [string, Crowd, Partial<CapsuleProps>][] {
    const near = ramp(s, 0.7, 2.4);
    const widthScale = 1 + 1.1 * (1 - ramp(Math.log2(s), -3.5, -0.5));
    const { shown, palette } = this;
    const street = { outward: this.g.left_hand ? -1 : 1, flat: near > 0 };
    const found: [string, Crowd, Partial<CapsuleProps>][] = [];
    // From so far that even the thinnest street covers its casing, this is not drawn.
    if (widthScale * THIN < 1) found.push(["casing", this.casing, { ...street, minPixels: 1 }]);
    if (s > INSIDE) found.push(["inside", this.once("inside", () => crowdOf(this.near.inside, palette.asphalt)), { minPixels: 0.5 }]);
    found.push(["roads", this.roads, { ...street, minPixels: 1.4, widthScale, mute: 0.66 * near, base: palette.asphalt }]);
    if (s > NEAR) found.push(["marks", this.once("marks", () => crowdOf(this.near.marks, palette.marks)), { minPixels: 0.6, opacity: ramp(s, NEAR, 2) }]);
    if (shown.queues && s > QUEUES) found.push(["queues", this.queues, { minPixels: 1.6, opacity: 0.5 + 0.4 * (1 - near) }]);
    if (shown.signals && s > LIGHTS) found.push(["lights", this.lights, { minPixels: 2 }]);
    if (shown.sensors) found.push(["sensors", this.sensors, { minPixels: 3, maxPixels: 9 }]);
    return found;
  }

  private fleetLook(nowMs: number, s: number): { share: number; minPixels: number; opacity: number } {
    const share = this.still ? 1 : Math.min((nowMs - this.fleetAtMs) / 1000, 1);
    return { share, minPixels: 1.2 + 1.3 * ramp(s, 0.1, 0.6), opacity: 0.45 + 0.5 * ramp(s, 0.15, 0.8) };
  }

  private ground(): Layer[] {
    return (this.water ??= this.waterLayers());
  }

  private waterLayers(): Layer[] {
    const { g } = this;
    const water: { contour: [number, number][] }[] = [];
    g.area_kind.forEach((kind, area) => {
      if (kind !== "water") return;
      const contour: [number, number][] = [];
      for (let p = g.area_at[area]!; p < g.area_at[area + 1]!; p++) contour.push([g.area_x[p]!, g.area_y[p]!]);
      if (contour.length > 2) water.push({ contour });
    });
    if (!water.length) return [];
    const getFillColor: [number, number, number, number] = [...this.palette.water, 255];
    return [
      new SolidPolygonLayer<{ contour: [number, number][] }>({ id: "water", data: water, getPolygon: (one) => one.contour, getFillColor, extruded: false }),
      this.lines("shore", crowdOf(shapes.outlines(water.map(({ contour }) => contour)), this.palette.water), { minPixels: 1.5 }), // smooth
    ];
  }

  private words(s: number): Layer[] {
    const { label, halo } = this.palette;
    const most = s > 0.55 ? 9 : s > 0.22 ? 2 : s > 0.12 ? 1 : -1;
    const text = {
      fontFamily: TEXT_FONT,
      fontSettings: { fontSize: 44, buffer: 6 },
      background: true,
      getBackgroundColor: [...halo, 205] as [number, number, number, number],
      backgroundPadding: [4, 1.5] as [number, number],
      backgroundBorderRadius: 3,
      fontWeight: 500,
    };
    const found: Layer[] = [];
    if (most >= 0)
      found.push(
        new TextLayer<Label>({
          ...text,
          id: "names",
          data: this.labelsUpTo(most),
          getPosition: ({ at }) => at,
          getText: ({ text: name }) => name,
          getAngle: ({ angle }) => angle,
          getSize: 10.5,
          getColor: [...label, 255],
          characterSet: "auto",
          updateTriggers: { getColor: label, getBackgroundColor: halo },
        }),
      );
    if (this.countdowns.length)
      found.push(
        new TextLayer<Scene["countdowns"][number]>({
          ...text,
          id: "countdowns",
          data: this.countdowns,
          getPosition: ({ at }) => at,
          getText: ({ text: seconds }) => seconds,
          getColor: ({ colour }) => [...colour, 255],
          getSize: 12,
          fontWeight: 700,
          characterSet: "0123456789",
        }),
      );
    return found;
  }

  /** The same list as long as it holds the same, so that nothing is laid out again. */
  private labelsUpTo(most: number): Label[] {
    this.labels ??= streetLabels(this.g);
    if (this.shownLabels.most !== most) this.shownLabels = { most, data: this.labels.filter(({ road }) => road <= most) };
    return this.shownLabels.data;
  }

  private mark(): Layer[] {
    if (!this.selected) return [];
    const { x, y } = this.selected;
    const radius = Math.max(16 / this.pixelsPerM, 26);
    const n = 40;
    const ring: shapes.Stretches = { ends: new Float32Array(4 * n), widths: new Float32Array(n).fill(0.5), owner: new Int32Array(n), styles: new Float32Array(n) };
    const at = (k: number): [number, number] => [x + radius * Math.cos((k / n) * 2 * Math.PI), y + radius * Math.sin((k / n) * 2 * Math.PI)];
    for (let k = 0; k < n; k++) ring.ends.set([...at(k), ...at(k + 1)], 4 * k);
    return [this.lines("mark", crowdOf(ring, this.palette.select), { minPixels: 1.5, opacity: 0.9 })];
  }
}

/** Stretches as a crowd, of one colour or of none yet. */
function crowdOf(of: shapes.Stretches, colour?: Rgb): Crowd {
  const n = of.owner.length;
  return { length: n, ends: of.ends, widths: of.widths, styles: of.styles, cells: of.cells, colours: colour ? even(n, colour) : new Uint8Array(0) };
}

/** The link whose lanes lie nearest to a place; -1 = none within reach. Two directions of a street lie side by side. */
export function nearestLink(g: Geometry, x: number, y: number, reachM: number, among: Iterable<number> = g.link_id.keys()): number {
  let [best, nearest] = [-1, reachM];
  for (const link of among) {
    const lane = g.link_first_lane[link]!;
    const shift = ((g.lane_shift[lane] ?? 0) + (g.lane_shift[lane + g.link_lanes[link]! - 1] ?? 0)) / 2;
    for (let p = g.link_at[link]!; p < g.link_at[link + 1]! - 1; p++) {
      const [dx, dy] = [g.link_x[p + 1]! - g.link_x[p]!, g.link_y[p + 1]! - g.link_y[p]!];
      const size = Math.hypot(dx, dy) || 1;
      const [ax, ay] = [g.link_x[p]! + (shift * dy) / size, g.link_y[p]! - (shift * dx) / size];
      const along = Math.min(Math.max(((x - ax) * dx + (y - ay) * dy) / (size * size), 0), 1);
      const away = Math.hypot(x - ax - along * dx, y - ay - along * dy);
      if (away < nearest) [best, nearest] = [link, away];
    }
  }
  return best;
}
