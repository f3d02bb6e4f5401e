"""Writes the world's land as Swift, from Natural Earth's countries at 1:110 million (public domain).

    coastline.py SHAPEFILE > Sources/Directory/Map/WorldLand.swift

Each ring is a list of points in tenths of a degree: the first as it is, each other one as the step from
the one before it. Antarctica is left out: the map ends north of it.
"""

import struct
import sys
import textwrap

HEADER = 100
POLYGON = 5

SWIFT = '''\
/// The world's land: outlines of its countries, from Natural Earth (https://www.naturalearthdata.com,
/// public domain), 1:110 million. Written by Scripts/coastline.
enum WorldLand {{
  /// Rings, separated by semicolons, of points in tenths of a degree, longitude and latitude: the first
  /// as it is, each other one as the step from the one before it.
  static let encoded = """
    {encoded}
    """
}}
'''


def rings(data):
    """The rings of every polygon of a shapefile, as lists of degrees."""
    at = HEADER
    while at < len(data):
        words = struct.unpack_from(">i", data, at + 4)[0]
        record = at + 8
        at = record + 2 * words
        if struct.unpack_from("<i", data, record)[0] != POLYGON:
            continue
        part_count, point_count = struct.unpack_from("<ii", data, record + 36)
        starts = list(struct.unpack_from(f"<{part_count}i", data, record + 44))
        first = record + 44 + 4 * part_count
        points = [struct.unpack_from("<dd", data, first + 16 * i) for i in range(point_count)]
        for start, end in zip(starts, starts[1:] + [point_count]):
            yield points[start:end]


def encode(ring):
    """A ring in tenths of a degree, without points that repeat."""
    tenths = [(round(10 * x), round(10 * y)) for x, y in ring]
    kept = [p for i, p in enumerate(tenths) if i == 0 or p != tenths[i - 1]]
    if len(kept) < 4 or max(y for _, y in kept) < -600:
        return None
    steps = kept[:1] + [(b[0] - a[0], b[1] - a[1]) for a, b in zip(kept, kept[1:])]
    return " ".join(f"{x},{y}" for x, y in steps)


def main():
    with open(sys.argv[1], "rb") as file:
        encoded = ";".join(filter(None, map(encode, rings(file.read()))))
    lines = textwrap.wrap(encoded, 92, break_on_hyphens=False, break_long_words=False)
    sys.stdout.write(SWIFT.format(encoded=" \\\n    ".join(lines)))


main()
