"""Driving side of towns, near borders above all."""

from __future__ import annotations

import pytest

from citybrain.city.osm.sides import place_keeps_left

LEFT = {
    "London": (-0.13, 51.51), "Dover": (1.31, 51.13), "Folkestone": (1.17, 51.08), "Edinburgh": (-3.19, 55.95),
    "Plymouth": (-4.14, 50.37), "Dublin": (-6.26, 53.35), "Belfast": (-5.93, 54.6), "Valletta": (14.51, 35.9),
    "Nicosia": (33.37, 35.17), "Tokyo": (139.7, 35.68), "Fukuoka": (130.4, 33.59), "Tsushima": (129.3, 34.2),
    "Sapporo": (141.35, 43.06), "Nagasaki": (129.87, 32.75), "Naha": (127.68, 26.21), "Hong Kong": (114.16, 22.28),
    "Bangkok": (100.5, 13.75), "Chiang Mai": (98.99, 18.79), "Chiang Rai": (99.83, 19.91), "Nong Khai": (102.74, 17.8),
    "Kuala Lumpur": (101.69, 3.14), "Singapore": (103.82, 1.35), "Kuching": (110.34, 1.56), "Jakarta": (106.85, -6.2),
    "Sydney": (151.2, -33.87), "Perth": (115.86, -31.95), "Auckland": (174.76, -36.85), "Delhi": (77.2, 28.6),
    "Mumbai": (72.88, 19.08), "Karachi": (67.0, 24.86), "Lahore": (74.34, 31.55), "Kathmandu": (85.32, 27.7),
    "Dhaka": (90.4, 23.8), "Colombo": (79.86, 6.93), "Cape Town": (18.42, -33.92), "Lusaka": (28.3, -15.4),
    "Nairobi": (36.82, -1.29), "Kampala": (32.58, 0.35), "Dar es Salaam": (39.28, -6.8), "Maputo": (32.58, -25.97),
    "Kingston": (-76.8, 17.97), "Nassau": (-77.35, 25.05), "Paramaribo": (-55.2, 5.85),
}  # fmt: skip
RIGHT = {
    "Boulogne": (1.61, 50.73), "Calais": (1.86, 50.95), "Cherbourg": (-1.62, 49.63), "Paris": (2.35, 48.86),
    "Brest": (-4.49, 48.39), "Reykjavik": (-21.9, 64.1), "Seoul": (126.98, 37.57), "Busan": (129.08, 35.18),
    "Vladivostok": (131.89, 43.12), "Shenzhen": (114.06, 22.545), "Guangzhou": (113.26, 23.13),
    "Taipei": (121.56, 25.03),
    "Phnom Penh": (104.92, 11.56), "Ho Chi Minh City": (106.66, 10.78), "Vientiane": (102.6, 17.97),
    "Yangon": (96.16, 16.8), "Manila": (120.98, 14.6), "Hanoi": (105.85, 21.03), "Kabul": (69.17, 34.53),
    "Kandahar": (65.7, 31.6), "Lhasa": (91.1, 29.65), "Addis Ababa": (38.75, 9.03), "Luanda": (13.23, -8.84),
    "Lubumbashi": (27.48, -11.66), "Kigali": (30.06, -1.95), "Bujumbura": (29.36, -3.38), "Goma": (29.22, -1.68),
    "Port-au-Prince": (-72.34, 18.54), "Havana": (-82.37, 23.11), "Miami": (-80.19, 25.76), "Cayenne": (-52.33, 4.92),
    "Fort-de-France": (-61.07, 14.61), "Noumea": (166.45, -22.27), "New York": (-74.0, 40.71),
}  # fmt: skip


@pytest.mark.parametrize("town", LEFT)
def test_towns_that_keep_left(town: str) -> None:
    assert place_keeps_left(*LEFT[town]) is not None


@pytest.mark.parametrize("town", RIGHT)
def test_towns_that_keep_right(town: str) -> None:
    assert place_keeps_left(*RIGHT[town]) is None
