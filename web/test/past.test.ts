import { describe, expect, it } from "vitest";
import { FrameKind, type Frame, type Planes } from "../src/live/frame";
import { Minutes, shotAt, shotsOf, wound } from "../src/past/reels";
import { parseClock } from "../src/words/format";

const PACE = 0;

/** A frame as the server writes it, with one plane of bytes. */
function framed(kind: FrameKind, timeS: number, values: number[], rows: number[] | null = null): Uint8Array {
  const body = new Uint8Array(16 + 8 + 4 * (rows?.length ?? 0) + Math.ceil(values.length / 4) * 4);
  const view = new DataView(body.buffer);
  view.setUint8(0, kind);
  view.setUint8(1, 1);
  view.setUint16(2, 1, true);
  view.setFloat64(8, timeS, true);
  view.setUint8(16, PACE);
  view.setUint8(17, rows ? 1 : 0);
  view.setUint8(18, 1);
  view.setUint32(20, values.length, true);
  rows?.forEach((row, k) => view.setUint32(24 + 4 * k, row, true));
  body.set(values, 24 + 4 * (rows?.length ?? 0));
  const led = new Uint8Array(4 + body.length);
  new DataView(led.buffer).setUint32(0, body.length, true);
  led.set(body, 4);
  return led;
}

function joined(...parts: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const reel = (fromS: number, n: number): Uint8Array =>
  joined(
    framed(FrameKind.Key, fromS, [0, 0, 0]),
    ...Array.from({ length: n - 1 }, (_, k) => framed(FrameKind.Delta, fromS + k + 1, [k + 1], [(k + 1) % 3])),
  );

const seen = (planes: Planes): number[] => [...planes.get(PACE)!];

/** What each shot shows, by winding from the beginning: the slow way. */
function truth(shots: readonly Frame[]): number[][] {
  return shots.map((_, k) => {
    const planes: Planes = new Map();
    for (let j = 0; j <= k; j++) wound(planes, shots, j - 1, j);
    return seen(planes);
  });
}

describe("a minute of the past", () => {
  it("is its frames by time", () => {
    const shots = shotsOf(reel(60, 5));
    expect(shots.map(({ timeS }) => timeS)).toEqual([60, 61, 62, 63, 64]);
    expect([59, 60, 60.5, 64, 100].map((at) => shotAt(shots, at))).toEqual([-1, 0, 0, 4, 4]);
  });

  it("what is told again from an earlier time takes the place of what was told before", () => {
    const shots = shotsOf(joined(reel(60, 10), reel(65, 3)));
    expect(shots.map(({ timeS }) => timeS)).toEqual([60, 61, 62, 63, 64, 65, 66, 67]);
    expect(shots[5]!.kind).toBe(FrameKind.Key);
  });

  it("shows the same moment whichever way one comes to it", () => {
    const shots = shotsOf(joined(reel(60, 8), reel(72, 8)));
    const all = truth(shots);
    for (const from of [-1, 0, 3, 9, 15])
      for (let to = 0; to < shots.length; to++) {
        const planes: Planes = new Map();
        if (from >= 0) wound(planes, shots, -1, from);
        wound(planes, shots, from, to);
        expect(seen(planes)).toEqual(all[to]);
      }
    expect(truth(shots)).toEqual(all); // what is kept was not written to
  });
});

describe("minutes", () => {
  it("are asked for once, however often they are wanted", async () => {
    let asked = 0;
    const minutes = new Minutes(async (fromS) => (asked++, reel(fromS, 60)), () => 10_000);
    const both = await Promise.all([minutes.want(600), minutes.want(600)]);
    expect(both[0]).toBe(both[1]);
    await minutes.want(600);
    expect(asked).toBe(1);
    expect(minutes.get(660)).toBeUndefined();
  });

  it("the one that is still being filled is asked for again, and only for what is not in it yet", async () => {
    let [asked, nowS] = [0, 610];
    const minutes = new Minutes(async (fromS) => (asked++, reel(fromS, nowS - 600)), () => nowS);
    await minutes.want(600, 605);
    await minutes.want(600, 605);
    expect(asked).toBe(1);
    nowS = 630;
    expect((await minutes.want(600, 628)).length).toBe(30);
    expect(asked).toBe(2);
  });

  it("frames of another minute are left out, and a failure is not kept", async () => {
    let fails = true;
    const minutes = new Minutes(async (fromS) => {
      if (fails) throw new Error("503");
      return joined(reel(fromS - 10, 5), reel(fromS, 5));
    }, () => 10_000);
    await expect(minutes.want(600)).rejects.toThrow("503");
    fails = false;
    expect((await minutes.want(600))[0]!.timeS).toBe(600);
  });

  it("no more are kept than a page can hold for a day", async () => {
    const minutes = new Minutes(async (fromS) => reel(fromS, 2), () => 1e9);
    for (let k = 0; k < 100; k++) await minutes.want(60 * k);
    expect(minutes.get(0)).toBeUndefined();
    expect(minutes.get(99 * 60)).toBeDefined();
  });
});

it("a time is read as people type it, and nothing else is taken for one", () => {
  expect(["0:15", "00:15:30", "26:00:00"].map(parseClock)).toEqual([900, 930, 93_600]);
  for (const bad of ["", "15", "1:75", "yesterday", "1:2:3"]) expect(parseClock(bad)).toBeNaN();
});
