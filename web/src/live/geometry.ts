/** The drawing of the city, as src/citybrain/server/drawing.py writes it. */

export interface Head {
  city: string;
  left_hand: boolean;
  centre_m: [number, number];
  centre_lonlat: [number, number] | null;
  link_id: string[];
  link_name: string[];
  signal_id: string[];
  group_id: string[];
  sensor_id: string[];
  plan_id: string[];
  area_id: string[];
  area_name: string[];
  area_kind: string[];
}

export interface Geometry extends Head {
  link_at: Int32Array;
  link_x: Float32Array;
  link_y: Float32Array;
  link_from: Int32Array;
  link_to: Int32Array;
  link_first_lane: Int32Array;
  link_lanes: Uint8Array;
  link_length: Float32Array;
  link_speed: Float32Array;
  link_road: Uint8Array;
  node_x: Float32Array;
  node_y: Float32Array;
  lane_link: Int32Array;
  lane_width: Float32Array;
  lane_length: Float32Array;
  lane_shift: Float32Array;
  move_from: Int32Array;
  move_to: Int32Array;
  move_node: Int32Array;
  move_turn: Uint8Array;
  move_group: Int32Array;
  sensor_kind: Uint8Array;
  sensor_lane: Int32Array;
  sensor_position: Float32Array;
  group_signal: Int32Array;
  signal_node: Int32Array;
  signal_first_group: Int32Array;
  signal_groups: Int32Array;
  signal_plan: Int32Array;
  plan_signal: Int32Array;
  plan_kind: Uint8Array;
  plan_offset: Float32Array;
  plan_first_phase: Int32Array;
  plan_phases: Int32Array;
  phase_duration: Float32Array;
  phase_at: Int32Array;
  phase_colours: Uint8Array;
  area_at: Int32Array;
  area_x: Float32Array;
  area_y: Float32Array;
}

const KINDS: Record<string, { BYTES_PER_ELEMENT: number; new (buffer: ArrayBuffer, at: number, n: number): unknown }> = {
  u1: Uint8Array,
  u2: Uint16Array,
  u4: Uint32Array,
  i2: Int16Array,
  i4: Int32Array,
  f4: Float32Array,
};

/** Reads the file. Throws a RangeError for bytes that are none. */
export function decodeGeometry(buffer: ArrayBuffer): Geometry {
  const view = new DataView(buffer);
  if (buffer.byteLength < 8 || view.getUint32(0, false) !== 0x43424731) throw new RangeError("this is no drawing");
  const size = view.getUint32(4, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, size))) as Head & {
    arrays: [string, string, number][];
  };
  const found: Record<string, unknown> = { ...head };
  let at = 8 + size;
  for (const [name, type, n] of head.arrays) {
    const Kind = KINDS[type];
    if (!Kind) throw new RangeError(`${name} has the type ${type}`);
    found[name] = new Kind(buffer, at, n);
    at += Math.ceil((n * Kind.BYTES_PER_ELEMENT) / 8) * 8;
  }
  return found as unknown as Geometry;
}
