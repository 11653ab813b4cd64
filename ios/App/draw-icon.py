#!/usr/bin/env python3
"""Draws the app's icon, the shop and the tick of Android's, before the project is generated: no picture is kept in the
repository. An icon that is there already stays: put another one in its place as you like."""

import math
import pathlib
import struct
import zlib

SIZE = 1024
GROUND, INK = (0x00, 0x59, 0x4C), (0xFF, 0xFF, 0xFF)
# As in ic_launcher_foreground.xml, of whose 108 units a launcher shows the inner 72.
FIRST, SHOWN = 18, 72
ROOF = [(34, 48), (40, 36), (68, 36), (74, 48)]
STROKES = [[(38, 52), (38, 72), (70, 72), (70, 52)], [(46, 61), (52, 67), (63, 55)]]
HALF_WIDTH = 2
FILE = pathlib.Path(__file__).parent / "Resources/Assets.xcassets/AppIcon.appiconset/AppIcon.png"


def to_segment(x, y, a, b):
    """The distance of a point to the line between two others."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    along = max(0, min(1, ((x - a[0]) * dx + (y - a[1]) * dy) / (dx * dx + dy * dy)))
    return math.hypot(x - a[0] - along * dx, y - a[1] - along * dy)


def to_roof(x, y):
    """Below zero inside; the corners run clockwise."""
    sides = zip(ROOF, ROOF[1:] + ROOF[:1])
    return max(((b[1] - a[1]) * (x - a[0]) - (b[0] - a[0]) * (y - a[1])) / math.dist(a, b) for a, b in sides)


def colour(x, y):
    """Of a point, its edges softened over one pixel."""
    lines = min(to_segment(x, y, a, b) for stroke in STROKES for a, b in zip(stroke, stroke[1:]))
    share = max(0, min(1, 0.5 - min(lines - HALF_WIDTH, to_roof(x, y)) * SIZE / SHOWN))
    return bytes(round(ground + (ink - ground) * share) for ground, ink in zip(GROUND, INK))


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png():
    """Eight bits of red, green and blue: the store takes no icon with transparency."""
    at = [FIRST + (pixel + 0.5) * SHOWN / SIZE for pixel in range(SIZE)]
    rows = b"".join(b"\0" + b"".join(colour(x, y) for x in at) for y in at)
    head = struct.pack(">IIBBBBB", SIZE, SIZE, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


if not FILE.exists():
    FILE.write_bytes(png())
