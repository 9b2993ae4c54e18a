const pageSize = 100;

// matcher returns a test for what was typed: text, in any case, or /a regular expression/.
function matcher(query) {
	const m = /^\/(.+)\/(i?)$/s.exec(query);
	if (m) {
		const re = new RegExp(m[1], m[2]);
		return (text) => re.test(text);
	}
	const low = query.toLowerCase();
	return (text) => text.toLowerCase().includes(low);
}

const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

// table makes a table that is searched, filtered, sorted and turned over, with all of that in the address.
//   rows     values of any kind
//   columns  {key, label, value(row), cell(row), num, class}; cells show the value if there is no cell
//   text     of a row, to search in; without it there is no search
//   filters  {key, label, options: [[value, text]], test(row, value)}
//   prefix   of its parameters in the address, if a view has several tables
function table({ rows, columns, text, filters = [], prefix = "", sort = "", label }) {
	const params = here().params;
	const state = { q: "", sort, page: "1" };
	for (const key of ["q", "sort", "page", ...filters.map((f) => f.key)])
		state[key] = params.get(prefix + key) ?? state[key] ?? "";
	let shown = rows;

	const search =
		text &&
		h("input", {
			type: "search",
			placeholder: "Search: text or /regexp/",
			"aria-label": "Search " + label,
			spellcheck: "false",
			autocomplete: "off",
			value: state.q,
			oninput: () => set({ q: search.value, page: "1" }),
		});
	const fault = h("span", { class: "hint", role: "alert" });
	const selects = filters.map((f) => {
		const select = h(
			"select",
			{ onchange: () => set({ [f.key]: select.value, page: "1" }) },
			h("option", { value: "" }, "any"),
			f.options.map(([value, name]) => h("option", { value }, name)),
		);
		select.value = state[f.key];
		return h("label", {}, f.label, select);
	});
	const heads = columns.map((c) =>
		h(
			"th",
			{ class: [c.num && "num", c.class].filter(Boolean).join(" "), scope: "col" },
			h("button", { type: "button", onclick: () => set({ sort: nextSort(c), page: "1" }) }, c.label),
		),
	);
	const body = h("tbody");
	const where = h("span", { role: "status" });
	const step = (name, by) => h("button", { class: "step", type: "button", onclick: () => turn(by) }, name);
	const back = step("Back", -1),
		next = step("Next", 1);

	function turn(by) {
		set({ page: String(+state.page + by) });
		box.scrollIntoView();
	}

	function nextSort(c) {
		if (state.sort === c.key) return "-" + c.key;
		if (state.sort === "-" + c.key) return c.key;
		return c.num ? "-" + c.key : c.key;
	}

	function set(changes) {
		Object.assign(state, changes);
		remember(
			Object.fromEntries(
				Object.entries(changes).map(([k, v]) => [
					prefix + k,
					(k === "page" && v === "1") || (k === "sort" && v === sort) ? "" : v,
				]),
			),
		);
		if (Object.keys(changes).some((k) => k !== "page")) choose();
		draw();
	}

	// choose makes the list of rows to show, in their order.
	function choose() {
		let keep = () => true;
		fault.textContent = "";
		search?.removeAttribute("aria-invalid");
		if (state.q && text) {
			try {
				keep = matcher(state.q);
			} catch (e) {
				fault.textContent = "not a regular expression";
				search.setAttribute("aria-invalid", "true");
			}
		}
		const active = filters.filter((f) => state[f.key] !== "");
		shown = rows.filter((r) => active.every((f) => f.test(r, state[f.key])) && (!state.q || !text || keep(text(r))));
		const down = state.sort.startsWith("-");
		const column = columns.find((c) => c.key === state.sort.slice(down ? 1 : 0));
		if (!column) return;
		const keyed = shown.map((row) => ({ row, key: column.value(row) }));
		keyed.sort((a, b) => (down ? compare(b.key, a.key) : compare(a.key, b.key)));
		shown = keyed.map((k) => k.row);
	}

	function draw() {
		const pages = Math.max(1, Math.ceil(shown.length / pageSize));
		const page = Math.min(pages, Math.max(1, parseInt(state.page, 10) || 1));
		state.page = String(page);
		const first = (page - 1) * pageSize;
		const part = shown.slice(first, first + pageSize);
		body.replaceChildren(
			...part.map((row) =>
				h(
					"tr",
					{},
					columns.map((c) =>
						h(
							"td",
							{ class: [c.num && "num", c.class].filter(Boolean).join(" ") },
							c.cell ? c.cell(row) : String(c.value(row)),
						),
					),
				),
			),
		);
		if (!part.length) body.append(h("tr", {}, h("td", { colspan: columns.length, class: "hint" }, "nothing matches")));
		columns.forEach((c, i) =>
			heads[i].setAttribute(
				"aria-sort",
				state.sort === c.key ? "ascending" : state.sort === "-" + c.key ? "descending" : "none",
			),
		);
		const of = shown.length === rows.length ? "" : " (of " + group(rows.length) + ")";
		where.textContent = part.length
			? group(first + 1) + " to " + group(first + part.length) + " of " + group(shown.length) + of
			: "0" + of;
		back.disabled = page === 1;
		next.disabled = page === pages;
		back.hidden = next.hidden = pages === 1;
	}

	const box = h(
		"div",
		{ class: "scroll", tabindex: "0", role: "group", "aria-label": label },
		h("table", {}, h("thead", {}, h("tr", {}, heads)), body),
	);
	choose();
	draw();
	const bar = search || selects.length;
	return [
		bar ? h("div", { class: "bar" }, search, fault, selects) : null,
		box,
		bar || rows.length > pageSize ? h("div", { class: "pager" }, where, back, next) : null,
	];
}
