/** Words of parking on the page for residents. The other languages have the type of this table. */
export const parkEn = {
  park: "Parking",
  parkIn: "In",
  parkCity: "the whole city",
  parkSum: "Free spaces in all: {n}",
  parkOf: "of {n} free",
  parkSpaces: "{n} spaces",
  parkFull: "full",
  parkClosed: "closed",
  parkUnknown: "not known",
  parkNone: "No place to park is known here.",
  parkStreet: "along the street",
  parkRide: "park and ride",
  parkFewer: "{n} fewer than 15 minutes ago",
  parkMore: "{n} more than 15 minutes ago",
  parkAsOf: "as of {time}",
  parkAll: "Show all {n}",
};
