/** Frames of the live picture, as src/citybrain/server/frames.py writes them. */

export const enum FrameKind {
  Key = 0,
  Delta = 1,
  Vehicles = 2,
  Still = 3,
}

/** Planes by their number; the names say what a row is. */
export const PLANES = {
  linkPace: 0,
  linkCount: 1,
  linkFlow: 2,
  linkQuality: 3,
  laneQueue: 4,
  groupColour: 5,
  groupChange: 6,
  sensorHealth: 7,
  signalMode: 8,
  signalAdvised: 9,
  signalLatched: 10,
  vitalValue: 11,
  vitalLow: 12,
  vitalHigh: 13,
  vitalQuality: 14,
  vehicleId: 20,
  vehicleX: 21,
  vehicleY: 22,
  vehicleHeading: 23,
  vehicleClass: 24,
  vehicleSpeed: 25,
} as const;
export const TEXT = 255;
export const UNKNOWN_8 = 255;
export const UNKNOWN_16 = 65535;
export const VERSION = 1;

export type Column = Uint8Array | Uint16Array | Uint32Array | Float32Array;
export type Planes = Map<number, Column>;

export interface Section {
  plane: number;
  rows: Uint32Array | null; // null = all of them
  values: Column;
}

export interface Frame {
  kind: FrameKind;
  sequence: number;
  timeS: number;
  sections: Section[];
}

const HEAD_BYTES = 16;
const SECTION_BYTES = 8;
const SIZES = [0, 1, 2, 4, 4];

/** Reads one frame. Throws a RangeError for bytes that are none. */
export function decodeFrame(bytes: Uint8Array): Frame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint8(1) !== VERSION) throw new RangeError(`frame version ${view.getUint8(1)}; expected ${VERSION}`);
  const sections: Section[] = [];
  let at = HEAD_BYTES;
  for (let k = view.getUint16(2, true); k > 0; k--) {
    const [plane, sparse, type] = [view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2)];
    const count = view.getUint32(at + 4, true);
    const size = SIZES[type];
    if (!size) throw new RangeError(`section of type ${type}`);
    at += SECTION_BYTES;
    const rows = sparse ? new Uint32Array(copied(bytes, at, 4 * count)) : null;
    at += sparse ? 4 * count : 0;
    sections.push({ plane, rows, values: column(type, copied(bytes, at, size * count)) });
    at += size * count;
    at += (4 - (at % 4)) % 4;
  }
  return { kind: view.getUint8(0), sequence: view.getUint32(4, true), timeS: view.getFloat64(8, true), sections };
}

function copied(bytes: Uint8Array, at: number, size: number): ArrayBuffer {
  if (at + size > bytes.byteLength) throw new RangeError(`a section ends beyond the frame: ${at + size}`);
  return bytes.slice(at, at + size).buffer as ArrayBuffer;
}

function column(type: number, buffer: ArrayBuffer): Column {
  if (type === 1) return new Uint8Array(buffer);
  if (type === 2) return new Uint16Array(buffer);
  return type === 3 ? new Uint32Array(buffer) : new Float32Array(buffer);
}

/** Brings planes up to date with a key frame or a delta; gives the planes that changed. */
export function apply(planes: Planes, frame: Frame): Set<number> {
  const changed = new Set<number>();
  if (frame.kind === FrameKind.Key) planes.clear();
  for (const { plane, rows, values } of frame.sections) {
    changed.add(plane);
    const kept = planes.get(plane);
    if (rows === null || !kept) planes.set(plane, values);
    else for (let k = 0; k < rows.length; k++) kept[rows[k]!] = values[k]!;
  }
  return changed;
}

/** The JSON that a key frame carries. */
export function textOf<T>(frame: Frame): T | null {
  const found = frame.sections.find((section) => section.plane === TEXT);
  return found ? (JSON.parse(new TextDecoder().decode(found.values as Uint8Array)) as T) : null;
}

/** Cuts a stream of bytes into frames, each led by its length. */
export class Cutter {
  private kept = new Uint8Array(0);

  /** Frames that are complete now. Throws a RangeError for one longer than `most` bytes. */
  push(chunk: Uint8Array, most = 64_000_000): Uint8Array[] {
    let bytes = chunk;
    if (this.kept.length) {
      bytes = new Uint8Array(this.kept.length + chunk.length);
      bytes.set(this.kept);
      bytes.set(chunk, this.kept.length);
    }
    const frames: Uint8Array[] = [];
    let at = 0;
    while (bytes.length - at >= 4) {
      const size = new DataView(bytes.buffer, bytes.byteOffset + at, 4).getUint32(0, true);
      if (size > most) throw new RangeError(`a frame of ${size} bytes`);
      if (bytes.length - at - 4 < size) break;
      frames.push(bytes.slice(at + 4, at + 4 + size));
      at += 4 + size;
    }
    this.kept = bytes.slice(at);
    return frames;
  }
}
