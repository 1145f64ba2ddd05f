/** What a stretch of the map looks like; add them up. */
export const Style = { Round: 0, Dashed: 1, FlatStart: 2, FlatEnd: 4 } as const;
