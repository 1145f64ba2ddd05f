import type { parkEn } from "./park.en";

export const parkDe: typeof parkEn = {
  park: "Parken",
  parkIn: "In",
  parkCity: "der ganzen Stadt",
  parkSum: "Freie Stellplätze insgesamt: {n}",
  parkOf: "von {n} frei",
  parkSpaces: "{n} Plätze",
  parkFull: "besetzt",
  parkClosed: "geschlossen",
  parkUnknown: "nicht bekannt",
  parkNone: "Hier ist kein Parkplatz bekannt.",
  parkStreet: "am Straßenrand",
  parkRide: "Park and Ride",
  parkFewer: "{n} weniger als vor 15 Minuten",
  parkMore: "{n} mehr als vor 15 Minuten",
  parkAsOf: "Stand {time}",
  parkAll: "Alle {n} zeigen",
};
