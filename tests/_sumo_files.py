"""A crossroads in SUMO's own words, small enough to be checked by eye; tests change it by replacing text."""

from __future__ import annotations

from pathlib import Path

# South-north street `in` (two lanes and a footway) to `out`; from the east, `side` turns left or goes on over `far`.
NET = """<net version="1.20">
  <location netOffset="-100.00,50.00" convBoundary="-110,0,100,200" origBoundary="0,0,1,1" projParameter="!"/>
  <edge id=":C_0" function="internal">
    <lane id=":C_0_0" index="0" speed="10.00" length="20.00" shape="2,90 2,110"/>
    <lane id=":C_0_1" index="1" speed="10.00" length="20.00" shape="-2,90 -2,110"/>
  </edge>
  <edge id=":C_2" function="internal">
    <lane id=":C_2_0" index="0" speed="7.00" length="6.00" shape="10,102 4,102"/>
  </edge>
  <edge id=":C_3" function="internal">
    <lane id=":C_3_0" index="0" speed="6.00" length="14.00" shape="4,102 -10,102"/>
  </edge>
  <edge id=":C_w0" function="walkingarea"><lane id=":C_w0_0" index="0" speed="1" length="1" shape="0,0 1,1"/></edge>
  <edge id="in" from="S" to="C" priority="3" type="highway.primary" name="South Street">
    <lane id="in_0" index="0" allow="pedestrian" speed="2" length="90.00" width="2.00" shape="5,0 5,90"/>
    <lane id="in_1" index="1" disallow="tram rail" speed="13.89" length="90.00" shape="2,0 2,90"/>
    <lane id="in_2" index="2" disallow="bicycle tram" speed="13.89" length="90.00" shape="-2,0 -2,90"/>
  </edge>
  <edge id="out" from="C" to="N" priority="3">
    <lane id="out_0" index="0" speed="13.89" length="90.00" shape="2,110 2,200"/>
    <lane id="out_1" index="1" speed="13.89" length="90.00" shape="-2,110 -2,200"/>
  </edge>
  <edge id="side" from="E" to="C" priority="1" shape="100,100 60,105 10,102">
    <lane id="side_0" index="0" allow="bus passenger" speed="8.33" length="91.00" shape="100,102 10,102"/>
  </edge>
  <edge id="far" from="C" to="W" priority="1">
    <lane id="far_0" index="0" speed="8.33" length="90.00" shape="-10,102 -100,102"/>
  </edge>
  <edge id="path" from="W" to="P"><lane id="path_0" index="0" allow="pedestrian" speed="2" length="9" shape="0,0 9,0"/>
  </edge>
  <tlLogic id="J" type="static" programID="old" offset="0">
    <phase duration="30" state="GGr"/><phase duration="4" state="yyr"/><phase duration="2" state="rrr"/>
    <phase duration="20" state="rrg"/><phase duration="4" state="rry"/>
  </tlLogic>
  <tlLogic id="J" type="actuated" programID="new" offset="7">
    <phase duration="30" state="GGr" minDur="8" maxDur="40"/><phase duration="3" state="yyr"/>
    <phase duration="20" state="rrg" minDur="6" maxDur="70"/><phase duration="3" state="rry"/>
  </tlLogic>
  <junction id="C" type="traffic_light" x="0" y="100" incLanes="in_1 in_2 side_0" intLanes=":C_0_0 :C_0_1 :C_3_0">
    <request index="0" response="000" foes="100" cont="0"/>
    <request index="1" response="000" foes="100" cont="0"/>
    <request index="2" response="011" foes="011" cont="1"/>
  </junction>
  <junction id="S" type="dead_end" x="0" y="0" incLanes="" intLanes=""/>
  <junction id="N" type="dead_end" x="0" y="200" incLanes="out_0 out_1" intLanes=""/>
  <junction id="E" type="dead_end" x="100" y="100" incLanes="" intLanes=""/>
  <junction id="W" type="dead_end" x="-100" y="100" incLanes="far_0" intLanes=""/>
  <junction id="P" type="dead_end" x="-110" y="100" incLanes="" intLanes=""/>
  <junction id=":C_3_0" type="internal" x="4" y="102" incLanes=":C_2_0 in_1" intLanes=":C_0_0"/>
  <connection from="in" to="out" fromLane="1" toLane="0" via=":C_0_0" tl="J" linkIndex="0" dir="s" state="O"/>
  <connection from="in" to="out" fromLane="2" toLane="1" via=":C_0_1" tl="J" linkIndex="1" dir="s" state="O"/>
  <connection from="side" to="far" fromLane="0" toLane="0" via=":C_2_0" tl="J" linkIndex="2" dir="s" state="o"
    keepClear="0"/>
  <connection from=":C_0" to="out" fromLane="0" toLane="0" dir="s" state="M"/>
  <connection from=":C_0" to="out" fromLane="1" toLane="1" dir="s" state="M"/>
  <connection from=":C_2" to="far" fromLane="0" toLane="0" via=":C_3_0" dir="s" state="m"/>
  <connection from=":C_3" to="far" fromLane="0" toLane="0" dir="s" state="M"/>
</net>"""


def write_net(folder: Path, *changes: tuple[str, str]) -> Path:
    """The network with some text replaced."""
    text = NET
    for old, new in changes:
        assert old in text, f"the network has no {old!r}"
        text = text.replace(old, new)
    path = folder / "town.net.xml"
    path.write_text(text)
    return path


def write_routes(folder: Path, inside: str) -> Path:
    path = folder / "town.rou.xml"
    path.write_text(f"<routes>{inside}</routes>")
    return path
