"""docs/smoothing.png: the published field, what 5 % of the vehicles saw of it, and what smoothing makes of that.

Drawn by `python -m benchmarks._smoothing_picture`; from above: the truth, the samples, an isotropic kernel, plain
adaptive smoothing, ours. Time runs to the right over 2,500 s, traffic from above down over 610 m; red stands,
green flows.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
from benchmarks._places import ROOT, path_of
from benchmarks._probes import F64
from benchmarks.smoothing import gathered, isotropic, ours, plain

COLOURS = [(103, 0, 31), (214, 47, 39), (253, 174, 97), (255, 255, 191), (102, 189, 99), (0, 92, 50)]  # 0 to 20 m/s
NOTHING = (232, 232, 232)
TOP_MPS, GAP = 20.0, 8
LEVELS = 40  # no eye sees more, and the file is small


def main() -> None:
    with np.load(path_of("ngsim-speed-field/ngsim_speed.npz")) as file:
        full, given = file["full"].astype(float), file["obs_95missing"].astype(float)
    seen = gathered(given)
    panels = [_colours(field) for field in (full, given, isotropic(seen), plain(seen), ours(seen))]
    gap = np.full((GAP, full.shape[1], 3), 255, np.uint8)
    stacked = np.concatenate([part for panel in panels for part in (panel, gap)][:-1])
    write_png(ROOT / "docs/smoothing.png", stacked.repeat(2, axis=1))


def _colours(field: F64) -> np.ndarray:
    level = np.round(np.clip(np.nan_to_num(field) / TOP_MPS, 0, 1) * LEVELS) / LEVELS
    place = level * (len(COLOURS) - 1)
    image = np.stack([np.interp(place, range(len(COLOURS)), channel) for channel in zip(*COLOURS, strict=True)], -1)
    image[np.isnan(field)] = NOTHING
    return image.astype(np.uint8)


def write_png(path: Path, image: np.ndarray) -> None:
    """An image [height, width, 3] of bytes as PNG."""
    height, width, _ = image.shape
    rows = np.concatenate([np.zeros((height, 1), np.uint8), image.reshape(height, -1)], axis=1).tobytes()
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    body = b"".join(struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in parts)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)


if __name__ == "__main__":
    main()
