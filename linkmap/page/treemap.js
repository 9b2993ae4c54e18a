// A node of the treemap is {name, size, kind, text, kids(), symbol, path}: symbol is the name to look for, path tells
// that the name is a file's. Sizes of children add up to that of their parent, so areas do, too.

const leaf = (name, size, kind, text) => ({ name, size, kind, text, kids: () => [] });

// symbolsByPart lists the symbols of each part, by "section.part" and offset.
let partSymbols;
function symbolsByPart() {
	if (partSymbols) return partSymbols;
	partSymbols = new Map();
	const { section, part, offset } = map.symbols;
	for (let i = 0; i < section.length; i++) {
		if (part[i] < 0) continue;
		const key = section[i] + "." + part[i];
		if (!partSymbols.has(key)) partSymbols.set(key, []);
		partSymbols.get(key).push(i);
	}
	for (const list of partSymbols.values()) list.sort((a, b) => offset[a] - offset[b] || a - b);
	return partSymbols;
}

// symbolNodes are the symbols of a part, each with the bytes that no symbol before it has, and what is of no symbol.
function symbolNodes(si, pi, kind) {
	const p = map.sections[si].parts[pi];
	const s = map.symbols;
	const nodes = [];
	let at = p.offset,
		left = p.size;
	for (const i of symbolsByPart().get(si + "." + pi) || []) {
		const end = Math.min(s.offset[i] + s.size[i], p.offset + p.size);
		const own = Math.min(left, Math.max(0, end - Math.max(at, s.offset[i])));
		at = Math.max(at, end);
		left -= own;
		if (own)
			nodes.push({ ...leaf(s.name[i], own, kind, word(s.type[i]) + " at " + hex(s.offset[i])), symbol: s.name[i] });
	}
	if (left && nodes.length) nodes.push(leaf("(no symbol)", left, kind, ""));
	return nodes;
}

const inputName = (i) => (i < 0 ? "(no input)" : map.inputs[i].name);

// partNode is what one section of an input puts into the output.
function partNode(si, pi, name) {
	const p = map.sections[si].parts[pi],
		kind = map.sections[si].type;
	let kids;
	return { name, size: p.size, kind, text: kindName[kind] || kind, kids: () => (kids ||= symbolNodes(si, pi, kind)) };
}

function sum(nodes) {
	return nodes.reduce((n, k) => n + k.size, 0);
}

function branch(name, nodes, text, kind) {
	const kids = nodes.filter((n) => n.size > 0);
	kind ||= kids.reduce((a, b) => (b.size > a.size ? b : a), { size: -1, kind: "tables" }).kind;
	return { name, size: sum(kids), kind, text, kids: () => kids };
}

const counted = (s, zero) => zero || s.type !== "zero";

// The rest of the file is of no section: headers, and padding between sections.
function headers() {
	const rest = map.size - sum(map.sections.filter((s) => s.type !== "zero"));
	return rest > 0 ? [leaf("(headers, padding)", rest, "tables", "of the file")] : [];
}

function treeBySection(zero) {
	const nodes = map.sections.map((s, si) => {
		if (!counted(s, zero)) return leaf(s.name, 0, s.type, "");
		const parts = s.parts.map((p, pi) => ({ ...partNode(si, pi, inputName(p.input)), path: true }));
		const rest = s.size - sum(parts);
		if (parts.length && rest > 0) parts.push(leaf("(padding)", rest, s.type, ""));
		const node = branch(s.name, parts, kindName[s.type] || s.type, s.type);
		return { ...node, size: Math.max(s.size, node.size) };
	});
	return branch(map.output, [...nodes, ...headers()], "all sections");
}

function treeByInput(zero) {
	const inputs = map.inputs.map(() => []);
	const others = [];
	map.sections.forEach((s, si) => {
		if (!counted(s, zero)) return;
		let rest = s.size;
		s.parts.forEach((p, pi) => {
			rest -= p.size;
			(inputs[p.input] || others).push(partNode(si, pi, s.name));
		});
		if (rest > 0)
			others.push(leaf(s.name + (s.parts.length ? " (padding)" : ""), rest, s.type, kindName[s.type] || s.type));
	});
	const nodes = inputs.map((parts, i) => ({ ...branch(inputName(i), parts, "input"), path: true }));
	nodes.push(branch("(of no input)", [...others, ...headers()], "made by the linker"));
	return branch(map.output, nodes, "all inputs");
}

// squarify lays nodes out in a rectangle, in rows whose tiles are as square as can be (Bruls, Huizing, van Wijk, 2000).
// Nodes that would be too small to see become one tile.
function squarify(nodes, x, y, w, ht) {
	const total = sum(nodes);
	if (!total || w <= 0 || ht <= 0) return [];
	const scale = (w * ht) / total;
	const list = lump(
		nodes.slice().sort((a, b) => b.size - a.size),
		30 / scale,
	);
	const out = [];
	let i = 0;
	while (i < list.length) {
		const side = Math.min(w, ht);
		let n = 1,
			area = list[i].size * scale;
		const worst = (count, all) => {
			const thick = all / side;
			const big = (list[i].size * scale) / thick,
				small = (list[i + count - 1].size * scale) / thick;
			return Math.max(big / thick, thick / big, thick / small, small / thick);
		};
		while (i + n < list.length) {
			const more = area + list[i + n].size * scale;
			if (worst(n + 1, more) > worst(n, area)) break;
			area = more;
			n++;
		}
		const thick = area / side;
		let at = 0;
		for (const node of list.slice(i, i + n)) {
			const long = (node.size * scale) / thick;
			out.push(w >= ht ? { node, x, y: y + at, w: thick, h: long } : { node, x: x + at, y, w: long, h: thick });
			at += long;
		}
		if (w >= ht) {
			x += thick;
			w -= thick;
		} else {
			y += thick;
			ht -= thick;
		}
		i += n;
	}
	return out;
}

function lump(sorted, least) {
	const n = sorted.findIndex((k) => k.size < least);
	if (n < 0 || n >= sorted.length - 1) return sorted;
	const small = sorted.slice(n);
	const big = sorted.reduce((a, b) => (b.size > a.size ? b : a));
	const one = leaf(small.length + " smaller", sum(small), big.kind, "listed below");
	return [...sorted.slice(0, n), one].sort((a, b) => b.size - a.size);
}

// treemapView shows the node that the address names, as tiles and as a list.
function treemapView() {
	const params = here().params;
	const by = params.get("by") === "input" ? "input" : "section";
	const zero = params.get("zero") === "1";
	const root = by === "input" ? treeByInput(zero) : treeBySection(zero);
	const trail = [root];
	const at = [];
	for (const step of (params.get("at") || "").split(".")) {
		const kid = trail[trail.length - 1].kids()[parseInt(step, 10)];
		if (!kid || !kid.kids().length) break;
		trail.push(kid);
		at.push(parseInt(step, 10));
	}
	const node = trail[trail.length - 1];
	const to = (path, other = {}) =>
		address("sizes", { by: by === "input" ? by : "", zero: zero ? "1" : "", at: path.join("."), ...other });
	// Where a click on a node leads: into it, or to its symbol.
	const target = (n, path) => (n.kids().length ? to(path) : n.symbol ? address("symbols", { q: n.symbol }) : undefined);

	const box = h("div", { class: "treemap", role: "group", "aria-label": "Sizes of " + node.name, onkeydown: moveTile });
	const paint = () => paintTiles(box, node, root.size, at, target);
	new ResizeObserver(paint).observe(box);

	const up = at.length ? to(at.slice(0, -1)) : "";
	box.dataset.up = up;
	const crumbs = h(
		"ol",
		{ class: "crumbs", "aria-label": "Path" },
		trail.map((n, i) =>
			h(
				"li",
				{},
				i === trail.length - 1
					? h("span", { "aria-current": "page" }, n.name)
					: h("a", { href: to(at.slice(0, i)) }, n.name),
			),
		),
	);
	const mode = (name, value) =>
		h("a", { href: to([], { by: value }), "aria-current": (value || "section") === by && "true" }, name);
	const zeros =
		map.sections.some((s) => s.type === "zero" && s.size) &&
		h(
			"label",
			{},
			h("input", {
				type: "checkbox",
				checked: zero,
				onchange: () => {
					location.hash = to([], { zero: zero ? "" : "1" });
				},
			}),
			"count sections of zeros, which take no room in the file",
		);

	const kids = node.kids();
	const legend = [
		["code", "code"],
		["data", "data and maps"],
		["probes", "probes"],
		["btf", "types (BTF)"],
		["tables", "tables"],
	];
	return [
		h(
			"section",
			{ class: "panel" },
			h(
				"div",
				{ class: "bar" },
				h(
					"div",
					{ class: "switch", role: "group", "aria-label": "Order" },
					mode("by section", ""),
					mode("by input", "input"),
				),
				zeros || null,
			),
			crumbs,
			node.size ? box : h("p", { class: "hint" }, "Nothing here has a size."),
			h(
				"ul",
				{ class: "legend" },
				legend.map(([kind, name]) => h("li", {}, h("i", { class: "k-" + kind }), name)),
			),
		),
		kids.length &&
			h(
				"section",
				{ class: "panel" },
				h("h2", {}, node.name, h("span", { class: "count" }, " " + bytes(node.size))),
				table({
					label: "what is in " + node.name,
					prefix: "l.",
					sort: "-size",
					rows: kids.map((n, i) => ({ n, i })),
					text: (r) => r.n.name,
					columns: [
						{
							key: "name",
							label: "Name",
							class: "name",
							value: (r) => r.n.name,
							cell: (r) => {
								const href = target(r.n, [...at, r.i]);
								return href ? h("a", { href }, r.n.name) : r.n.name;
							},
						},
						{ key: "kind", label: "Kind", value: (r) => r.n.kind, cell: (r) => tag(r.n.kind) },
						{
							key: "size",
							label: "Bytes",
							num: true,
							value: (r) => r.n.size,
							cell: (r) => [group(r.n.size), share(r.n.size, node.size)],
						},
						{
							key: "part",
							label: "Share",
							num: true,
							value: (r) => r.n.size,
							cell: (r) => percent(r.n.size, node.size),
						},
					],
				}),
			),
	].filter(Boolean);
}

function share(size, of) {
	const fill = h("i");
	fill.style.width = (of ? (100 * size) / of : 0) + "%";
	return h("span", { class: "share", "aria-hidden": "true" }, fill);
}

// paintTiles draws the children of a node, and theirs inside of them where there is room.
function paintTiles(box, node, total, at, target) {
	const width = box.clientWidth,
		height = box.clientHeight;
	if (!width || box.dataset.painted === width + "x" + height) return;
	box.dataset.painted = width + "x" + height;
	const index = new Map(node.kids().map((n, i) => [n, i]));
	const tiles = [];
	for (const t of squarify(node.kids(), 0, 0, width, height)) {
		const path = [...at, index.get(t.node)];
		tiles.push(tile(t, "outer", target(t.node, path), node, total, width, height));
		if (t.w < 70 || t.h < 50 || !t.node.kids().length) continue;
		const inside = new Map(t.node.kids().map((n, i) => [n, i]));
		for (const k of squarify(t.node.kids(), t.x + 3, t.y + 20, t.w - 6, t.h - 23)) {
			tiles.push(tile(k, "inner", target(k.node, [...path, inside.get(k.node)]), t.node, total, width, height));
		}
	}
	const focused = box.contains(document.activeElement);
	box.replaceChildren(...tiles);
	const first = box.querySelector("a");
	if (first) first.tabIndex = 0;
	if (focused && first) first.focus();
}

function tile({ node, x, y, w, h: high }, level, href, parent, total, width, height) {
	const tiny = w < 34 || high < 16;
	const short = node.path ? node.name.replace(/^.*\/(?=[^/]+$)/s, "") : node.name; // paths differ at their end
	const e = h(
		href ? "a" : "div",
		{
			class: "tile " + level + " " + kindClass(node.kind) + (tiny ? " tiny" : "") + (w < 6 || high < 6 ? " thin" : ""),
			href,
			tabindex: href ? "-1" : undefined,
			"aria-label": [node.name, node.text, bytes(node.size), percent(node.size, total)].filter(Boolean).join(", "),
			role: href ? undefined : "img",
		},
		tiny ? "" : level === "outer" ? h("b", {}, short) : short,
		!tiny && high > 34 && level === "inner" ? h("br") : "",
		!tiny && (level === "outer" ? w > 110 : high > 34) ? (level === "outer" ? " " : "") + group(node.size) : "",
	);
	const set = (name, value) => {
		e.style[name] = value + "%";
	};
	set("left", (100 * x) / width);
	set("top", (100 * y) / height);
	set("width", (100 * w) / width);
	set("height", (100 * high) / height);
	e.dataset.size = node.size;
	e.tip = [
		node.name,
		[node.text, bytes(node.size)].filter(Boolean).join(", "),
		percent(node.size, total) +
			" of all" +
			(parent.size === total ? "" : ", " + percent(node.size, parent.size) + " of " + parent.name),
	];
	return e;
}

// moveTile moves the focus among the tiles with the arrow keys; Escape and Backspace zoom out.
function moveTile(event) {
	const box = event.currentTarget;
	if ((event.key === "Escape" || event.key === "Backspace") && box.dataset.up) {
		event.preventDefault();
		location.hash = box.dataset.up;
		return;
	}
	const links = [...box.querySelectorAll("a")];
	const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
	const i = links.indexOf(document.activeElement);
	const next = { Home: links[0], End: links[links.length - 1] }[event.key] || (by && links[i + by]);
	if (!next) return;
	event.preventDefault();
	links[i].tabIndex = -1;
	next.tabIndex = 0;
	next.focus();
}

// The tip says what a tile is that has the pointer or the focus.
const tip = document.getElementById("tip");

function showTip(e, x, y) {
	tip.replaceChildren(h("b", {}, e.tip[0]), ...e.tip.slice(1).map((line) => h("div", {}, line)));
	tip.hidden = false;
	const left = Math.min(x + 14, innerWidth - tip.offsetWidth - 8),
		top = y + 18;
	tip.style.left = Math.max(8, left) + "px";
	tip.style.top = (top + tip.offsetHeight > innerHeight - 8 ? Math.max(8, y - tip.offsetHeight - 12) : top) + "px";
}

addEventListener("pointermove", (event) => {
	const e = event.pointerType !== "touch" && event.target.closest?.(".tile");
	if (e) showTip(e, event.clientX, event.clientY);
	else if (!document.activeElement?.tip) tip.hidden = true;
});
addEventListener("focusin", (event) => {
	tip.hidden = !event.target.tip;
	if (!event.target.tip || !event.target.matches(":focus-visible")) return;
	const r = event.target.getBoundingClientRect();
	showTip(event.target, r.left, Math.min(r.bottom, r.top + 20));
});
addEventListener(
	"scroll",
	() => {
		tip.hidden = true;
	},
	{ passive: true },
);
