"use strict";
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const setTheme = (isDark) => { root.dataset.theme = isDark ? "dark" : "light"; redraw(); };
  const read = (id) => { const e = document.getElementById(id); return e && JSON.parse(e.textContent); };
  const bytes = (s) => Uint8Array.from(atob(s), (c) => c.charCodeAt(0)).buffer;
  const f32 = (s) => new Float32Array(bytes(s)), i32 = (s) => new Int32Array(bytes(s));
  const esc = (s) => { const e = document.createElement("span"); e.textContent = s; return e.innerHTML; };
  const fmt = (v, d = 0) => v == null || Number.isNaN(v) ? "–" : v.toLocaleString("en", { minimumFractionDigits: d, maximumFractionDigits: d });
  const tip = document.body.appendChild(Object.assign(document.createElement("div"), { id: "tip", hidden: true }));
  const showTip = (event, html) => {
    tip.innerHTML = html; tip.hidden = false;
    const x = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8);
    const y = event.clientY + 18 + tip.offsetHeight > innerHeight ? event.clientY - tip.offsetHeight - 12 : event.clientY + 18;
    tip.style.left = Math.max(4, x) + "px"; tip.style.top = Math.max(4, y) + "px";
  };
  const hideTip = () => { tip.hidden = true; };
  let redraw = () => {};

  // Maps. One view (centre and scale) for all, so that the same street stands at the same place in each.
  const raw = read("map-data");
  if (raw) {
    const RAMPS = {  // light to dark on a light page, dark to light on a dark one; lightness alone tells the order
      light: ["#8fb3cf", "#f2b134", "#e8702a", "#c43c4e", "#7d2a7d", "#2d1160"],
      dark: ["#35587a", "#7b55a5", "#c0487a", "#ea6b3d", "#f8ae2b", "#fdf3a9"] };
    const CHANGE = {  // blue: less delay than the first controller; orange: more
      light: ["#00457a", "#2a7fb8", "#8dbbd9", "#bcc4cc", "#f0b27a", "#d9701f", "#8a3b00"],
      dark: ["#8fd0ff", "#4a9ed6", "#2f6690", "#47525e", "#96622d", "#e0862f", "#ffc58a"] };
    const offset = i32(raw.offset), X = f32(raw.x), Y = f32(raw.y), width = f32(raw.width);
    const maps = raw.maps.map((m) => ({ name: m.name, delay: f32(m.delay), flow: f32(m.flow), speed: f32(m.speed) }));
    const signals = { x: f32(raw.signals.x), y: f32(raw.signals.y) };
    const water = raw.water.map((w) => ({ x: f32(w.x), y: f32(w.y) }));
    const canvases = [...document.querySelectorAll("canvas[data-map]")];
    const n = offset.length - 1, view = { x: 0, y: 0, zoom: 1 };
    let mode = "delay", hovered = -1, x0 = Infinity, x1 = -Infinity, y0 = Infinity, y1 = -Infinity;
    for (let i = 0; i < X.length; i++) { x0 = Math.min(x0, X[i]); x1 = Math.max(x1, X[i]); y0 = Math.min(y0, Y[i]); y1 = Math.max(y1, Y[i]); }
    if (!X.length) { x0 = y0 = -1; x1 = y1 = 1; }
    const spanX = Math.max(x1 - x0, 1), spanY = Math.max(y1 - y0, 1);
    const aspect = Math.min(1.15, Math.max(0.5, spanY / spanX));
    const value = (map, i) => mode === "change" ? maps[map].delay[i] - maps[0].delay[i] : maps[map][mode][i];
    const kindOf = (map) => mode === "change" && map === 0 ? "delay" : mode;
    const classOf = (kind, v) => { const bins = raw.bins[kind]; let k = 0; while (k < bins.length && v > bins[k]) k++; return k; };
    const ramp = (kind) => (kind === "change" ? CHANGE : RAMPS)[root.dataset.theme];
    const scaleOf = (c) => Math.min((c.clientWidth - 24) / spanX, (c.clientHeight - 24) / spanY) * view.zoom;
    const css = (name) => getComputedStyle(root).getPropertyValue(name).trim();
    const side = raw.leftHand ? -1 : 1;

    const path = (ctx, i, s, w, h, shift) => {  // shifted to the driving side, so that both directions show
      const a = offset[i], b = offset[i + 1];
      for (let k = a; k < b; k++) {
        const p = Math.max(a, k - 1), q = Math.min(b - 1, k + 1), dx = X[q] - X[p], dy = Y[q] - Y[p], d = Math.hypot(dx, dy) || 1;
        const x = (X[k] - view.x) * s + w / 2 + side * shift * dy / d, y = h / 2 - (Y[k] - view.y) * s + side * shift * dx / d;
        if (k === a) ctx.moveTo(x, y); else ctx.lineTo(x, y);
      }
    };
    const thinnest = n > 10000 ? 0.6 : n > 3000 ? 1 : 1.6;
    const lineWidth = (i, s) => Math.min(9, Math.max(thinnest, width[i] * s));
    const polygon = (ctx, p, s, w, h) => {
      ctx.beginPath();
      for (let k = 0; k < p.x.length; k++) ctx.lineTo((p.x[k] - view.x) * s + w / 2, h / 2 - (p.y[k] - view.y) * s);
      ctx.fill();
    };
    const draw = (canvas) => {
      const map = +canvas.dataset.map, ratio = devicePixelRatio || 1, w = canvas.clientWidth, h = canvas.clientHeight;
      canvas.width = w * ratio; canvas.height = h * ratio;
      const ctx = canvas.getContext("2d"), s = scaleOf(canvas);
      ctx.scale(ratio, ratio);
      ctx.fillStyle = css("--water"); for (const p of water) polygon(ctx, p, s, w, h);
      ctx.lineCap = "round"; ctx.lineJoin = "round";
      const kind = kindOf(map), colours = ramp(kind), groups = new Map();
      for (let i = 0; i < n; i++) {  // quiet links first, so that trouble lies on top; one stroke a class and width
        const v = kind === mode ? value(map, i) : maps[map].delay[i];
        const c = Number.isNaN(v) || (kind !== "change" && maps[map].flow[i] <= 0) ? -1 : classOf(kind, v);
        const rank = c < 0 ? -1 : kind === "change" ? Math.abs(c - 3) * 10 + c : c;
        const key = rank * 100 + Math.round(lineWidth(i, s) * 2);
        if (!groups.has(key)) groups.set(key, { c, lw: lineWidth(i, s), links: [] });
        groups.get(key).links.push(i);
      }
      for (const key of [...groups.keys()].sort((a, b) => a - b)) {
        const g = groups.get(key);
        ctx.beginPath(); for (const i of g.links) path(ctx, i, s, w, h, g.lw * 0.6);
        ctx.strokeStyle = g.c < 0 ? css("--none") : colours[g.c]; ctx.lineWidth = g.lw; ctx.stroke();
      }
      if (s * Math.sqrt(spanX * spanY / Math.max(1, signals.x.length)) > 14) {  // dots only where they do not hide the streets
        for (let k = 0; k < signals.x.length; k++) {
          ctx.beginPath(); ctx.arc((signals.x[k] - view.x) * s + w / 2, h / 2 - (signals.y[k] - view.y) * s, 2.6, 0, 7);
          ctx.fillStyle = css("--card"); ctx.fill(); ctx.strokeStyle = css("--soft"); ctx.lineWidth = 1; ctx.stroke();
        }
      }
      if (hovered >= 0) {
        ctx.beginPath(); path(ctx, hovered, s, w, h, lineWidth(hovered, s) * 0.6);
        ctx.strokeStyle = css("--ink"); ctx.lineWidth = lineWidth(hovered, s) + 3; ctx.globalAlpha = 0.55; ctx.stroke(); ctx.globalAlpha = 1;
      }
      scaleBar(ctx, s, h);
    };
    const scaleBar = (ctx, s, h) => {
      const power = 10 ** Math.floor(Math.log10(110 / s)), m = [5, 2, 1].map((k) => k * power).find((k) => k * s <= 110) || power;
      ctx.fillStyle = css("--soft"); ctx.fillRect(12, h - 12, m * s, 2); ctx.font = "12px system-ui,sans-serif";
      ctx.fillText(m >= 1000 ? m / 1000 + " km" : m + " m", 12, h - 17);
    };
    const legend = () => {
      const bins = raw.bins[mode], unit = mode === "flow" ? "veh/h" : "s per vehicle";
      const sign = (v) => mode === "change" && v > 0 ? "+" + v : String(v).replace("-", "−");
      const words = [...bins.keys(), bins.length].map((k) => k === 0 ? (mode === "change" ? "below " : "up to ") + sign(bins[0])
        : k === bins.length ? "over " + sign(bins[k - 1]) : sign(bins[k - 1]) + " to " + sign(bins[k]));
      const title = { delay: "Delay", flow: "Flow", change: `Delay less that under ${maps[0].name}` }[mode];
      document.getElementById("legend").innerHTML = `<b>${esc(title)}, ${unit}</b>` + words.map((t, k) =>
        `<span><i style="background:${ramp(mode)[k]}"></i>${t}</span>`).join("") +
        `<span><i style="background:${css("--none")}"></i>no traffic</span>` + (mode === "change" ? `<span>(first map: delay itself)</span>` : "");
    };
    const drawAll = () => { for (const c of canvases) { c.style.height = Math.round(c.clientWidth * aspect) + "px"; draw(c); } };
    redraw = () => { legend(); drawAll(); };
    let waiting = false;
    const soon = () => { if (!waiting) { waiting = true; requestAnimationFrame(() => { waiting = false; drawAll(); }); } };
    const reset = () => { view.x = (x0 + x1) / 2; view.y = (y0 + y1) / 2; view.zoom = 1; };
    const nearest = (canvas, event) => {
      const box = canvas.getBoundingClientRect(), s = scaleOf(canvas), w = canvas.clientWidth, h = canvas.clientHeight;
      const px = event.clientX - box.left - 1, py = event.clientY - box.top - 1;
      let best = -1, bestD = 14;
      for (let i = 0; i < n; i++) {
        const shift = side * lineWidth(i, s) * 0.6;
        for (let k = offset[i]; k + 1 < offset[i + 1]; k++) {
          const ux = (X[k + 1] - X[k]) * s, uy = -(Y[k + 1] - Y[k]) * s, l2 = ux * ux + uy * uy || 1, l = Math.sqrt(l2);
          const ax = (X[k] - view.x) * s + w / 2 - shift * uy / l, ay = h / 2 - (Y[k] - view.y) * s + shift * ux / l;
          const t = Math.min(1, Math.max(0, ((px - ax) * ux + (py - ay) * uy) / l2)), d = Math.hypot(px - ax - t * ux, py - ay - t * uy);
          if (d < bestD) { bestD = d; best = i; }
        }
      }
      return best;
    };
    const zoomAt = (factor, canvas, event) => {
      const before = scaleOf(canvas);
      view.zoom = Math.min(200, Math.max(1, view.zoom * factor));
      if (event) {
        const box = canvas.getBoundingClientRect(), px = event.clientX - box.left - canvas.clientWidth / 2, py = canvas.clientHeight / 2 - (event.clientY - box.top);
        view.x += px / before - px / scaleOf(canvas); view.y += py / before - py / scaleOf(canvas);
      }
      if (view.zoom === 1) reset();
      soon();
    };
    for (const canvas of canvases) {
      let held = null;
      canvas.addEventListener("pointermove", (e) => {
        if (held) {
          const s = scaleOf(canvas);
          view.x = held.x - (e.clientX - held.px) / s; view.y = held.y + (e.clientY - held.py) / s; hideTip(); soon();
          return;
        }
        const i = nearest(canvas, e);
        if (i !== hovered) { hovered = i; soon(); }
        if (i < 0) { hideTip(); return; }
        showTip(e, `<strong>${esc(raw.names[i])}</strong><table><tr><td></td><td>delay</td><td>veh/h</td><td>km/h</td></tr>` + maps.map((m) =>
          `<tr><td>${esc(m.name)}</td><td>${fmt(m.delay[i], 1)} s</td><td>${fmt(m.flow[i])}</td><td>${fmt(m.speed[i])}</td></tr>`).join("") + "</table>");
      });
      canvas.addEventListener("pointerdown", (e) => { if (e.pointerType === "mouse") { held = { px: e.clientX, py: e.clientY, x: view.x, y: view.y }; canvas.setPointerCapture(e.pointerId); } });
      for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { held = null; });
      canvas.addEventListener("pointerleave", () => { hovered = -1; hideTip(); soon(); });
      canvas.addEventListener("dblclick", (e) => zoomAt(2, canvas, e));
      canvas.addEventListener("wheel", (e) => { if (e.ctrlKey || e.metaKey) { e.preventDefault(); zoomAt(2 ** (-e.deltaY / 200), canvas, e); } }, { passive: false });
    }
    for (const b of document.querySelectorAll("[data-mode]")) b.addEventListener("click", () => {
      mode = b.dataset.mode;
      for (const o of document.querySelectorAll("[data-mode]")) o.setAttribute("aria-pressed", String(o === b));
      redraw();
    });
    for (const b of document.querySelectorAll("[data-zoom]")) b.addEventListener("click", () => {
      if (b.dataset.zoom === "0") { reset(); soon(); } else zoomAt(b.dataset.zoom === "1" ? 1.6 : 1 / 1.6, canvases[0]);
    });
    reset();
    addEventListener("resize", soon);
  }

  // Charts: values under the pointer.
  const charts = read("chart-data");
  if (charts) for (const figure of document.querySelectorAll("figure.chart")) {
    const svg = figure.querySelector("svg"), cross = svg.querySelector(".cross"), chart = charts.charts[figure.dataset.key];
    const t = charts.t.reduce((a, b) => b.length > a.length ? b : a);
    svg.addEventListener("pointermove", (e) => {
      const box = svg.getBoundingClientRect(), x = (e.clientX - box.left) / box.width * charts.width;
      const share = Math.min(1, Math.max(0, (x - charts.left) / (charts.width - charts.left - charts.right))), at = share * t[t.length - 1];
      let k = 0; while (k + 1 < t.length && Math.abs(t[k + 1] - at) <= Math.abs(t[k] - at)) k++;
      const px = charts.left + t[k] / t[t.length - 1] * (charts.width - charts.left - charts.right);
      cross.setAttribute("x1", px); cross.setAttribute("x2", px); cross.removeAttribute("hidden");
      showTip(e, `<strong>${fmt(t[k] / 60)} min</strong><table>` + charts.names.map((name, i) =>
        `<tr><td>${esc(name)}</td><td>${fmt(chart.series[i][k], chart.digits)} ${esc(chart.unit)}</td></tr>`).join("") + "</table>");
    });
    svg.addEventListener("pointerleave", () => { cross.setAttribute("hidden", ""); hideTip(); });
  }

  setTheme(dark.matches);
  dark.addEventListener("change", (e) => setTheme(e.matches));
  document.getElementById("theme").addEventListener("click", () => setTheme(root.dataset.theme !== "dark"));
})();
