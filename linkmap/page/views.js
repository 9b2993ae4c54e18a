const placeName = (si) => (si === -1 ? "(undefined)" : si === -2 ? "(absolute)" : map.sections[si].name);

const panel = (title, count, ...rest) =>
	h(
		"section",
		{ class: "panel" },
		h("h2", {}, title, h("span", { class: "count" }, " " + group(count))),
		count ? rest : h("p", { class: "hint" }, "None."),
	);

const small = (text) => (text ? h("small", {}, text) : null);

function symbolsView() {
	const s = map.symbols;
	const rows = Array.from(s.name, (_, i) => i);
	const words = (list) => [...new Set(list)].map((n) => [String(n), word(n)]).sort((a, b) => compare(a[1], b[1]));
	const places = [...new Set(s.section)].sort((a, b) => a - b);
	const from = (i) => (s.input[i] < 0 ? "" : map.inputs[s.input[i]].name);
	return [
		panel(
			"Symbols",
			rows.length,
			table({
				rows,
				label: "symbols",
				text: (i) => s.name[i],
				filters: [
					{ key: "binding", label: "Binding", options: words(s.binding), test: (i, v) => s.binding[i] === +v },
					{ key: "type", label: "Type", options: words(s.type), test: (i, v) => s.type[i] === +v },
					{
						key: "section",
						label: "Section",
						options: places.map((si) => [String(si), placeName(si)]),
						test: (i, v) => s.section[i] === +v,
					},
					{
						key: "input",
						label: "Input",
						options: map.inputs.map((n, i) => [String(i), n.name]),
						test: (i, v) => s.input[i] === +v,
					},
				],
				columns: [
					{
						key: "name",
						label: "Name",
						class: "name",
						value: (i) => s.name[i],
						cell: (i) => [
							s.name[i] || "(no name)",
							word(s.visibility[i]) === "default" ? null : small(word(s.visibility[i])),
						],
					},
					{ key: "size", label: "Bytes", num: true, value: (i) => s.size[i], cell: (i) => group(s.size[i]) },
					{ key: "binding", label: "Binding", value: (i) => word(s.binding[i]) },
					{ key: "type", label: "Type", value: (i) => word(s.type[i]) },
					{ key: "section", label: "Section", class: "code", value: (i) => placeName(s.section[i]) },
					{
						key: "offset",
						label: "Offset",
						num: true,
						value: (i) => s.offset[i],
						cell: (i) => (s.section[i] === -1 ? "" : hex(s.offset[i])),
					},
					{ key: "input", label: "Input", class: "name", value: from },
					{ key: "source", label: "Source", class: "name", value: (i) => source(word(s.file[i]), s.line[i]) },
				],
			}),
		),
	];
}

function probesView() {
	const rows = map.probes.flatMap((p) => (p.sites.length ? p.sites : [null]).map((s) => ({ p, s })));
	const kinds = [...new Set(rows.map((r) => (r.s ? r.s.linked.split(" ")[0] : "")))].filter(Boolean).sort();
	const of = (name) => (r) => (r.s ? r.s[name] : "");
	return [
		panel(
			"Probes",
			map.probes.length,
			h(
				"p",
				{ class: "hint" },
				"A row for each site. A nop waits for a kernel that patches it; registers hold its arguments. " +
					"A call calls the probe's stub, an attach a function of the program.",
			),
			table({
				rows,
				label: "probe sites",
				text: (r) => [r.p.name, r.p.arguments, of("function")(r), of("source")(r), of("linked")(r)].join("\n"),
				filters:
					kinds.length > 1
						? [
								{
									key: "linked",
									label: "Linked",
									options: kinds.map((k) => [k, k]),
									test: (r, v) => r.s?.linked.split(" ")[0] === v,
								},
							]
						: [],
				columns: [
					{
						key: "name",
						label: "Probe",
						class: "name",
						value: (r) => r.p.name,
						cell: (r) => [
							r.p.name,
							small(r.p.arguments),
							r.p.stub && r.p.stub !== r.p.name ? small("stub " + r.p.stub) : null,
							r.p.flag ? small("flag " + r.p.flag) : null,
						],
					},
					{
						key: "site",
						label: "Site",
						class: "code",
						value: (r) => (r.s ? r.s.section + "+" + hex(r.s.offset) : "(no site)"),
					},
					{ key: "function", label: "Function", class: "name", value: of("function") },
					{ key: "source", label: "Source", class: "name", value: of("source") },
					{ key: "registers", label: "Registers", class: "code", value: of("registers") },
					{ key: "linked", label: "Linked", class: "name", value: of("linked") },
				],
			}),
		),
	];
}

function sectionsView() {
	const largest = Math.max(...map.sections.map((s) => s.size));
	return [
		panel(
			"Sections",
			map.sections.length,
			table({
				rows: map.sections.map((s, i) => ({ ...s, i })),
				label: "sections",
				text: (s) => s.name,
				columns: [
					{ key: "number", label: "#", num: true, value: (s) => s.i + 1 },
					{
						key: "name",
						label: "Section",
						class: "name",
						value: (s) => s.name,
						cell: (s) => h("a", { href: address("symbols", { section: s.i }) }, s.name),
					},
					{ key: "type", label: "Type", value: (s) => s.type, cell: (s) => tag(s.type) },
					{ key: "flags", label: "Flags", class: "code", value: (s) => s.flags },
					{
						key: "offset",
						label: "Offset",
						num: true,
						value: (s) => s.offset,
						cell: (s) => (s.type === "zero" ? "" : hex(s.offset)),
					},
					{
						key: "size",
						label: "Bytes",
						num: true,
						value: (s) => s.size,
						cell: (s) => [group(s.size), share(s.size, largest)],
					},
					{ key: "align", label: "Align", num: true, value: (s) => s.align },
					{ key: "parts", label: "Parts", num: true, value: (s) => s.parts.length, cell: (s) => group(s.parts.length) },
				],
			}),
		),
	];
}

function inputsView() {
	const all = (n) => n.code + n.data + n.other;
	const largest = Math.max(...map.inputs.map(all));
	const number = (key, label) => ({ key, label, num: true, value: (n) => n[key], cell: (n) => group(n[key]) });
	return [
		panel(
			"Inputs",
			map.inputs.length,
			h(
				"p",
				{ class: "hint" },
				"In the order of the link. File is the size of the file; the rest is what the output has of it, by kind of section.",
			),
			table({
				rows: map.inputs.map((n, i) => ({ ...n, i })),
				label: "inputs",
				text: (n) => n.name + "\n" + (n.why || ""),
				columns: [
					{ key: "number", label: "#", num: true, value: (n) => n.i + 1 },
					{
						key: "name",
						label: "Input",
						class: "name",
						value: (n) => n.name,
						cell: (n) => [h("a", { href: address("symbols", { input: n.i }) }, n.name), small(n.why)],
					},
					{ ...number("size", "File"), cell: (n) => (n.size ? group(n.size) : "") },
					number("code", "Code"),
					number("data", "Data"),
					number("other", "Other"),
					{ key: "all", label: "All", num: true, value: all, cell: (n) => [group(all(n)), share(all(n), largest)] },
				],
			}),
		),
	];
}

function changesView() {
	const column = (key, label, cls) => ({ key, label, class: cls, value: (r) => r[key] });
	const why = column("why", "Why", "why");
	const make = (prefix, rows, ...columns) =>
		table({
			rows,
			columns: [...columns, why],
			prefix,
			label: "changes",
			text: rows.length > 10 ? (r) => Object.values(r).join("\n") : undefined,
		});
	const size = { key: "size", label: "Bytes", num: true, value: (r) => r.size, cell: (r) => group(r.size) };
	return [
		panel(
			"Dropped",
			map.dropped.length,
			make(
				"d.",
				map.dropped,
				column("kind", "Kind"),
				column("name", "Name", "name"),
				size,
				column("at", "Was at", "name"),
			),
		),
		panel(
			"Renamed",
			map.renamed.length,
			make(
				"r.",
				map.renamed,
				column("from", "In the input", "name"),
				column("to", "In the output", "name"),
				column("at", "Input", "name"),
			),
		),
		panel(
			"Binding changed",
			map.promoted.length,
			make(
				"b.",
				map.promoted,
				column("name", "Name", "name"),
				column("from", "In the input"),
				column("to", "In the output"),
				column("at", "Input", "name"),
			),
		),
	];
}

const views = {
	sizes: ["Sizes", treemapView],
	symbols: ["Symbols", symbolsView, map.symbols.name.length],
	probes: ["Probes", probesView, map.probes.length],
	sections: ["Sections", sectionsView, map.sections.length],
	inputs: ["Inputs", inputsView, map.inputs.length],
	changes: ["Changes", changesView, map.dropped.length + map.renamed.length + map.promoted.length],
};

let shown = "";

function render() {
	const name = Object.hasOwn(views, here().view) ? here().view : "sizes";
	if (name !== shown) scrollTo(0, Math.min(scrollY, document.querySelector("header").offsetHeight));
	shown = name;
	const inMap = document.activeElement?.closest(".treemap");
	tip.hidden = true;
	const nav = document.getElementById("nav");
	nav.replaceChildren(
		...Object.entries(views).map(([key, [label, , count]]) =>
			h(
				"a",
				{ href: "#" + key, "aria-current": key === name && "page" },
				label,
				count === undefined ? "" : h("span", { class: "count" }, group(count)),
			),
		),
	);
	nav.scrollLeft = nav.querySelector("[aria-current]").offsetLeft - nav.offsetLeft - 60;
	const main = document.getElementById("main");
	main.replaceChildren(...views[name][1]());
	// Tiles are drawn once their box has a size; who came by the keyboard goes on there.
	if (inMap) requestAnimationFrame(() => setTimeout(() => main.querySelector(".treemap a")?.focus()));
}

addEventListener("hashchange", render);
render();
