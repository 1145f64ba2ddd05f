import { describe, expect, it } from "vitest";
import { apply, Cutter, decodeFrame, FrameKind, PLANES, textOf, type Planes } from "../src/live/frame";
import { decodeGeometry } from "../src/live/geometry";
import written from "./frames.json"; // by tests/unit/server/_frames.py

const bytes = (name: keyof typeof written): Uint8Array => Uint8Array.from(atob(written[name]), (c) => c.charCodeAt(0));

describe("frames that Python wrote", () => {
  it("a key frame holds everything, and words", () => {
    const frame = decodeFrame(bytes("key"));
    expect([frame.kind, frame.sequence, frame.timeS]).toEqual([FrameKind.Key, 5, 1234.5]);
    const planes: Planes = new Map();
    apply(planes, frame);
    expect([...planes.get(PLANES.linkPace)!]).toEqual([...Array(40).keys()]);
    expect(planes.get(PLANES.linkCount)![39]).toBe(3900);
    expect(planes.get(PLANES.vitalValue)![0]).toBe(1834.5);
    expect(planes.get(PLANES.vitalValue)![1]).toBeNaN();
    expect(textOf<{ epoch: string; vitals: { meaning: string }[] }>(frame)).toMatchObject({ epoch: "life", vitals: [{ meaning: "…" }] });
  });

  it("a delta changes what it names and leaves the rest", () => {
    const planes: Planes = new Map();
    apply(planes, decodeFrame(bytes("key")));
    const delta = decodeFrame(bytes("delta"));
    expect(delta.sections.map(({ rows }) => rows === null)).toEqual([false, true, true]);
    expect(apply(planes, delta)).toEqual(new Set([PLANES.linkPace, PLANES.linkCount, PLANES.vitalValue]));
    expect([...planes.get(PLANES.linkPace)!].map((v, k) => v - k).filter(Boolean)).toEqual([193]);
    expect(planes.get(PLANES.linkCount)![39]).toBe(3939);
    expect([...planes.get(PLANES.laneQueue)!]).toEqual([0, 2, 255]);
  });

  it("a delta of nothing has no sections, and a still frame is one that says nothing", () => {
    expect(decodeFrame(bytes("nothing")).sections).toEqual([]);
    expect(decodeFrame(bytes("still"))).toMatchObject({ kind: FrameKind.Still, timeS: 1240, sections: [] });
  });

  it("vehicles come with place, heading and class", () => {
    const frame = decodeFrame(bytes("vehicles"));
    const column = (plane: number): number[] => [...frame.sections.find((s) => s.plane === plane)!.values];
    expect(column(PLANES.vehicleId)).toEqual([3, 70000]);
    expect(column(PLANES.vehicleX)).toEqual([10, -10]);
    expect(column(PLANES.vehicleY)).toEqual([5.5, -5.5]);
    expect(column(PLANES.vehicleHeading)).toEqual([64, 128]); // north, west
    expect(column(PLANES.vehicleClass)).toEqual([1, 2]);
  });

  it("a drawing gives its arrays by name", () => {
    const drawing = decodeGeometry(bytes("drawing").buffer as ArrayBuffer);
    expect([drawing.city, [...drawing.link_at], [...drawing.link_lanes], [...drawing.link_x]]).toEqual(["demo", [0, 2, 5], [7], [1.5, -2.5]]);
  });

  it("bytes that are no frame are refused", () => {
    const other = bytes("key");
    other[1] = 9;
    expect(() => decodeFrame(other)).toThrow(RangeError);
    expect(() => decodeFrame(bytes("key").slice(0, 60))).toThrow(RangeError);
    expect(() => decodeGeometry(new ArrayBuffer(4))).toThrow(RangeError);
  });
});

describe("a stream in pieces", () => {
  const stream = (["key", "delta", "still"] as const).map(bytes).flatMap((frame) => {
    const size = new Uint8Array(4);
    new DataView(size.buffer).setUint32(0, frame.length, true);
    return [...size, ...frame];
  });

  it.each([1, 3, 17, 1000])("cut every %i bytes gives the same frames", (step) => {
    const cutter = new Cutter();
    const found: number[] = [];
    for (let at = 0; at < stream.length; at += step)
      for (const frame of cutter.push(Uint8Array.from(stream.slice(at, at + step)))) found.push(decodeFrame(frame).kind);
    expect(found).toEqual([FrameKind.Key, FrameKind.Delta, FrameKind.Still]);
  });

  it("a length beyond reason is refused", () => {
    expect(() => new Cutter().push(Uint8Array.from([255, 255, 255, 255]))).toThrow(RangeError);
  });
});
