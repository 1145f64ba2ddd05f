/** The map: what stands is turned into lines once, what is live is painted onto them with every frame. */

import { Deck, LinearInterpolator, OrthographicView, type Layer } from "@deck.gl/core";
import { SolidPolygonLayer, TextLayer } from "@deck.gl/layers";
import type { Column } from "../live/frame";
import { UNKNOWN_16, UNKNOWN_8 } from "../live/frame";
import type { Geometry } from "../live/geometry";
import type { Place } from "../live/places";
import type { Vehicles } from "../live/store.svelte";
import { CapsuleLayer, crowdData, type CapsuleProps, type Crowd } from "./capsules";
import { streetLabels, type Label } from "./labels";
import { paceColour, PALETTES, type Palette, type Rgb, type Theme } from "./palette";
import * as shapes from "./shapes";
import { Style } from "./styles";
import { FleetLayer, fleetData, fleetOf, type Fleet } from "./vehicles";

export interface Shown {
  vehicles: boolean;
  queues: boolean;
  signals: boolean;
  sensors: boolean;
}

export interface LivePlanes {
  pace: Column;
  quality: Column;
  queue: Column;
  colour: Column;
  change: Column;
  health: Column;
  timeS: number;
  stale: boolean;
  difference: Float32Array | null; // -1 to 1, instead of the pace
  closed: ReadonlySet<number> | null;
}

export interface Camera {
  target: [number, number, number];
  zoom: number;
}

const SPACING_M = 7.5;
const STALE = 3;
const FORECAST = 2;
const MEASURED = 0;
const ZOOMS = { minZoom: -7, maxZoom: 5 };
const NEAR = 1.1; // pixels a metre from which on lanes are drawn
const TEXT_FONT = "InterVariable, Inter Variable, system-ui, sans-serif";

const mixed = (a: Rgb, b: Rgb, t: number): [number, number, number] => [
  a[0] + (b[0] - a[0]) * t,
  a[1] + (b[1] - a[1]) * t,
  a[2] + (b[2] - a[2]) * t,
];
const ramp = (value: number, from: number, to: number): number => Math.min(Math.max((value - from) / (to - from), 0), 1);

export class Scene {
  shown: Shown = { vehicles: true, queues: true, signals: true, sensors: false };
  selected: Place | null = null;
  linkPicked: ((link: number) => void) | null = null; // instead of junctions
  linkPointed: ((link: number) => void) | null = null; // of the way; -1 = none
  moved: (camera: Camera) => void = () => undefined; // somebody has moved it by hand
  overlay: (pixelsPerM: number, palette: Palette) => Layer[] = () => []; // what a view draws above everything
  private deck: Deck<OrthographicView>;
  private camera: Camera;
  private palette: Palette;
  private links: shapes.Stretches;
  private roads: Crowd;
  private casing: Crowd;
  private inside: Crowd;
  private marks: Crowd;
  private stops: shapes.Stretches;
  private lights: Crowd;
  private approach: Int32Array; // link that each group speaks for
  private dots: shapes.Stretches;
  private sensors: Crowd;
  private queues: Crowd | null = null;
  private countdowns: { at: [number, number]; text: string; colour: Rgb }[] = [];
  private labels: Label[];
  private fleet: Fleet | null = null;
  private fleetData: object | null = null;
  private fleetAtMs = 0;
  private data = new WeakMap<Crowd, object>();
  private way: ReadonlySet<number> = new Set(); // that stands out
  private hot: ReadonlySet<number> = new Set();
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
    this.links = shapes.linkStretches(g);
    this.stops = shapes.stopLines(g);
    this.approach = shapes.approaches(g);
    this.dots = shapes.sensorDots(g);
    this.labels = streetLabels(g);
    this.roads = this.crowd(this.links, this.palette.unknown);
    this.casing = this.crowd(this.links, this.palette.asphalt);
    this.inside = this.crowd(shapes.junctionStretches(g), this.palette.asphalt);
    this.marks = this.crowd(shapes.laneMarks(g), this.palette.marks);
    this.lights = this.crowd(this.stops, this.palette.lights[3]!);
    this.sensors = this.crowd(this.dots, this.palette.health[1]!);
    this.camera = this.whole();
    this.deck = new Deck<OrthographicView>({
      canvas,
      views: new OrthographicView({ flipY: false }),
      initialViewState: { ...this.camera, ...ZOOMS } as never,
      controller: { doubleClickZoom: true, inertia: 180 } as never,
      layers: [],
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
    });
    this.draw();
  }

  destroy(): void {
    cancelAnimationFrame(this.animation);
    this.deck.finalize();
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

  private crowd(of: shapes.Stretches, colour: Rgb): Crowd {
    const n = of.owner.length;
    const colours = new Uint8Array(4 * n);
    for (let k = 0; k < n; k++) colours.set([...colour, 255], 4 * k);
    return { length: n, ends: of.ends, widths: of.widths, colours, styles: of.styles };
  }

  private repainted(crowd: Crowd, colour: Rgb): Crowd {
    const colours = new Uint8Array(4 * crowd.length);
    for (let k = 0; k < crowd.length; k++) colours.set([...colour, 255], 4 * k);
    return { ...crowd, colours };
  }

  theme(theme: Theme): void {
    this.palette = PALETTES[theme];
    this.data = new WeakMap();
    this.casing = this.repainted(this.casing, this.palette.asphalt);
    this.inside = this.repainted(this.inside, this.palette.asphalt);
    this.marks = this.repainted(this.marks, this.palette.marks);
    if (this.planes) this.paint(this.planes);
    this.draw();
  }

  /** Takes in the planes of a frame. */
  paint(planes: LivePlanes): void {
    this.planes = planes;
    this.data.delete(this.roads);
    this.data.delete(this.lights);
    this.data.delete(this.sensors);
    this.roads = this.painted(planes);
    this.lights = { ...this.lights, colours: this.lightColours(planes) };
    this.sensors = { ...this.sensors, colours: this.byOwner(this.dots, (s) => this.palette.health[planes.health[s] ?? 1] ?? this.palette.unknown) };
    if (this.queues) this.data.delete(this.queues);
    this.queues = this.queueCrowd(planes);
    this.countdowns = this.countdownsOf(planes);
    this.draw();
  }

  private painted({ pace, quality, stale, difference, closed }: LivePlanes): Crowd {
    const { owner } = this.links;
    const colours = new Uint8Array(4 * owner.length);
    const widths = new Float32Array(owner.length);
    const styles = new Float32Array(owner.length);
    const { unknown, ground, scale } = this.palette;
    for (let k = 0; k < owner.length; k++) {
      const link = owner[k]!;
      const value = pace[link] ?? UNKNOWN_8;
      const is = stale ? STALE : (quality[link] ?? 4);
      const share = value / 200;
      let colour: Rgb = value === UNKNOWN_8 ? unknown : paceColour(scale, share);
      if (is === STALE) colour = mixed(colour, unknown, 0.55);
      else if (is !== MEASURED && value !== UNKNOWN_8) colour = mixed(colour, ground, 0.14);
      let wide = value === UNKNOWN_8 ? 0.6 : 1 + 0.5 * ramp(0.55 - share, 0, 0.4);
      if (difference) {
        const by = difference[link] ?? 0;
        colour = mixed(unknown, by > 0 ? this.palette.worse : this.palette.better, Math.sqrt(Math.abs(by)));
        wide = 0.6 + 1.1 * Math.abs(by);
      }
      if (this.hot.has(link)) wide = 3.2;
      else if (this.way.has(link)) wide = 2;
      else if (this.way.size) [colour, wide] = [mixed(colour, ground, 0.68), 0.7];
      const shut = closed?.has(link) ?? false;
      if (shut) [colour, wide] = [this.palette.select, 1];
      colours[4 * k] = colour[0];
      colours[4 * k + 1] = colour[1];
      colours[4 * k + 2] = colour[2];
      colours[4 * k + 3] = 255;
      styles[k] = this.links.styles[k]! + (shut || (!difference && (is === STALE || is === FORECAST)) ? Style.Dashed : 0);
      widths[k] = this.links.widths[k]! * wide;
    }
    return { ...this.roads, colours, widths, styles };
  }

  private byOwner(of: shapes.Stretches, colour: (owner: number) => Rgb): Uint8Array {
    const colours = new Uint8Array(4 * of.owner.length);
    for (let k = 0; k < of.owner.length; k++) colours.set([...colour(of.owner[k]!), 255], 4 * k);
    return colours;
  }

  private lightColours({ colour, stale }: LivePlanes): Uint8Array {
    const { lights, unknown } = this.palette;
    return this.byOwner(this.stops, (group) => (stale ? unknown : (lights[colour[group] ?? UNKNOWN_8] ?? unknown)));
  }

  private queueCrowd({ queue, stale }: LivePlanes): Crowd {
    const rows: number[] = [];
    for (let lane = 0; lane < queue.length; lane++) if (queue[lane]! >= 2 && queue[lane] !== UNKNOWN_8) rows.push(lane);
    const crowd: Crowd = {
      length: rows.length,
      ends: new Float32Array(4 * rows.length),
      widths: new Float32Array(rows.length).fill(0.7),
      colours: new Uint8Array(4 * rows.length),
      styles: new Float32Array(rows.length).fill(stale ? Style.Dashed : Style.Round),
    };
    rows.forEach((lane, k) => {
      crowd.ends.set(shapes.queueStretch(this.g, lane, (queue[lane]! / 2) * SPACING_M), 4 * k);
      crowd.colours.set([...this.palette.queue, 255], 4 * k);
    });
    return crowd;
  }

  /** Seconds to the change of each group in sight, once the camera is near. */
  private countdownsOf({ change, colour, timeS, stale }: LivePlanes): Scene["countdowns"] {
    if (stale || this.pixelsPerM < 1.8) return [];
    const reach = Math.max(this.canvas.clientWidth, this.canvas.clientHeight) / this.pixelsPerM;
    const [x, y] = this.camera.target;
    const seen = new Set<string>(); // groups of an approach that change together are told once
    const found: Scene["countdowns"] = [];
    for (let k = 0; k < this.stops.owner.length && found.length < 300; k++) {
      const group = this.stops.owner[k]!;
      const [ax, ay, bx, by] = this.stops.ends.subarray(4 * k, 4 * k + 4) as unknown as [number, number, number, number];
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
    this.fleetData = fleetData(this.fleet);
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

  private lines(id: string, crowd: Crowd, props: Partial<CapsuleProps>): Layer {
    let data = this.data.get(crowd);
    if (!data) this.data.set(crowd, (data = crowdData(crowd)));
    return new CapsuleLayer({ id, data, ...props } as never);
  }

  private layers(nowMs: number): Layer[] {
    const s = this.pixelsPerM;
    const near = ramp(s, 0.7, 2.4);
    const widthScale = 1 + 1.1 * (1 - ramp(Math.log2(s), -3.5, -0.5));
    const outward = this.g.left_hand ? -1 : 1;
    const found: Layer[] = [...this.ground()];
    found.push(this.lines("casing", this.casing, { minPixels: 1, outward, flat: near > 0 }));
    if (s > 0.4) found.push(this.lines("inside", this.inside, { minPixels: 0.5 }));
    found.push(this.lines("roads", this.roads, { minPixels: 1.4, widthScale, outward, flat: near > 0, mute: 0.66 * near, base: this.palette.asphalt }));
    if (s > NEAR) found.push(this.lines("marks", this.marks, { minPixels: 0.6, opacity: ramp(s, NEAR, 2) }));
    if (this.shown.queues && this.queues && s > 0.25)
      found.push(this.lines("queues", this.queues, { minPixels: 1.6, opacity: 0.5 + 0.4 * (1 - near) }));
    if (this.shown.signals && s > 0.35) found.push(this.lines("lights", this.lights, { minPixels: 2 }));
    if (this.shown.sensors) found.push(this.lines("sensors", this.sensors, { minPixels: 3, maxPixels: 9 }));
    if (this.shown.vehicles && this.fleet) found.push(this.fleetLayer(nowMs, s));
    return [...found, ...this.words(s), ...this.mark(), ...this.overlay(s, this.palette)];
  }

  private fleetLayer(nowMs: number, s: number): Layer {
    const share = this.still ? 1 : Math.min((nowMs - this.fleetAtMs) / 1000, 1);
    const minPixels = 1.2 + 1.3 * ramp(s, 0.1, 0.6);
    return new FleetLayer({ id: "fleet", data: this.fleetData, share, minPixels, opacity: 0.45 + 0.5 * ramp(s, 0.15, 0.8) } as never);
  }

  private ground(): Layer[] {
    const { g } = this;
    const water: { contour: [number, number][] }[] = [];
    g.area_kind.forEach((kind, area) => {
      if (kind !== "water") return;
      const contour: [number, number][] = [];
      for (let p = g.area_at[area]!; p < g.area_at[area + 1]!; p++) contour.push([g.area_x[p]!, g.area_y[p]!]);
      if (contour.length > 2) water.push({ contour });
    });
    if (!water.length) return [];
    return [
      new SolidPolygonLayer<{ contour: [number, number][] }>({
        id: "water",
        data: water,
        getPolygon: (one) => one.contour,
        getFillColor: [...this.palette.water, 255],
        extruded: false,
        updateTriggers: { getFillColor: this.palette.ground },
      }),
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
          data: this.labels.filter(({ road }) => road <= most),
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

  private mark(): Layer[] {
    if (!this.selected) return [];
    const { x, y } = this.selected;
    const radius = Math.max(16 / this.pixelsPerM, 26);
    const n = 40;
    const ring: shapes.Stretches = { ends: new Float32Array(4 * n), widths: new Float32Array(n).fill(0.5), owner: new Int32Array(n), styles: new Float32Array(n) };
    const at = (k: number): [number, number] => [x + radius * Math.cos((k / n) * 2 * Math.PI), y + radius * Math.sin((k / n) * 2 * Math.PI)];
    for (let k = 0; k < n; k++) ring.ends.set([...at(k), ...at(k + 1)], 4 * k);
    const crowd = this.crowd(ring, this.palette.select);
    return [new CapsuleLayer({ id: "mark", data: crowdData(crowd), minPixels: 1.5, opacity: 0.9 } as never)];
  }
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
