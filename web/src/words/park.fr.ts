import type { parkEn } from "./park.en";

export const parkFr: typeof parkEn = {
  park: "Stationnement",
  parkIn: "Dans",
  parkCity: "toute la ville",
  parkSum: "Places libres au total : {n}",
  parkOf: "libres sur {n}",
  parkSpaces: "{n} places",
  parkFull: "complet",
  parkClosed: "fermé",
  parkUnknown: "inconnu",
  parkNone: "Aucun stationnement n’est connu ici.",
  parkStreet: "sur voirie",
  parkRide: "parc relais",
  parkFewer: "{n} de moins qu’il y a 15 minutes",
  parkMore: "{n} de plus qu’il y a 15 minutes",
  parkAsOf: "à {time}",
  parkAll: "Tout afficher ({n})",
};
