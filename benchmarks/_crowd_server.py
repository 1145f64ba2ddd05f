"""The cockpit's server on a town with a crowd (`_crowd.py`), a second of the town each second.

`python -m benchmarks._crowd_server SIDE VEHICLES` makes a town of SIDE x SIDE corners, prints its port, links and
vehicles, and goes on until its standard input ends.
"""

from __future__ import annotations

import sys
import tempfile
import threading
from pathlib import Path

from benchmarks._crowd import Crowd
from benchmarks.imports import write_grid

from citybrain.city.load import load
from citybrain.hub.board import CityBoard
from citybrain.hub.hub import Hub
from citybrain.server.app import make_app
from citybrain.server.run import serve
from citybrain.server.services import Services
from citybrain.worlds.screen import Screen

CHANGED_SHARE = 0.3  # of the links, each second
BEAT_S = 1.0


def main(side: int, vehicles: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_grid(Path(folder) / "town.osm", side)
        city = load(Path(folder) / "town.osm")
    crowd, screen, board = Crowd(city, vehicles), Screen(), CityBoard(Hub(), city)
    crowd.publish(board, 1.0)
    app = make_app(Services(board.hub, lambda: crowd.time_s, city))
    app.state.live.screen = screen
    app.state.live.drawing()  # made once, by whoever comes first: not by the page that is measured
    screen.turn_on(crowd)
    handle, ended = serve(app, port=0), threading.Event()
    print(handle.port, city.links.length_m.size, vehicles, flush=True)
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    while not ended.wait(BEAT_S):
        crowd.step()
        crowd.publish(board, CHANGED_SHARE)
        screen.take()
    handle.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
