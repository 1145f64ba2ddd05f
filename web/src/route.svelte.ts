/** Which view the address names: #/now, #/junction/ID, #/data, #/health, #/public. Every view can be shared by its address. */

export type View = "now" | "junction" | "data" | "health" | "public";
const VIEWS: readonly View[] = ["now", "junction", "data", "health", "public"];

export function parse(hash: string): { view: View; id: string } {
  const [, view = "", id = ""] = hash.split("/");
  const known = VIEWS.find((one) => one === view) ?? "now";
  try {
    return { view: known, id: decodeURIComponent(id) };
  } catch {
    return { view: known, id: "" };
  }
}

class Route {
  private at = $state.raw(parse(location.hash));

  constructor() {
    addEventListener("hashchange", () => (this.at = parse(location.hash)));
  }

  get view(): View {
    return this.at.view;
  }

  get id(): string {
    return this.at.id;
  }
}

export const route = new Route();

export function go(view: View, id = ""): void {
  location.hash = id ? `#/${view}/${encodeURIComponent(id)}` : `#/${view}`;
}
