"use strict";

// The map; package linkmap says what is in it. Names are text and only ever become text nodes and attributes.
const map = JSON.parse(document.getElementById("map").textContent);
const word = (n) => map.words[n];

// h makes an element: attributes, listeners ("onclick"), and children, which are nodes or text.
function h(tag, attributes, ...children) {
	const e = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes || {})) {
		if (value === undefined || value === null || value === false) continue;
		if (typeof value === "function") e.addEventListener(name.slice(2), value);
		else e.setAttribute(name, value === true ? "" : value);
	}
	e.append(...children.flat(Infinity).filter((c) => c !== undefined && c !== null && c !== ""));
	return e;
}

const group = (n) => String(n).replace(/\B(?=(\d{3})+$)/g, ",");
const hex = (n) => "0x" + n.toString(16);
const bytes = (n) => group(n) + (n === 1 ? " byte" : " bytes");
const percent = (n, of) => (of ? ((100 * n) / of).toFixed(1) + " %" : "");
const source = (file, line) => (file && line ? file + ":" + line : file);

// Where we are is in the address: "#symbols?q=foo&sort=-size". So the buttons of the browser work, and links do.
function here() {
	const [, view, query] = /^#?([a-z]*)\??(.*)$/s.exec(location.hash) || ["", "", ""];
	return { view, params: new URLSearchParams(query) };
}

function address(view, params) {
	const p = new URLSearchParams();
	for (const [name, value] of Object.entries(params || {})) if (value !== "" && value !== undefined) p.set(name, value);
	const query = p.toString();
	return "#" + view + (query ? "?" + query : "");
}

// remember puts changed parameters into the address without a new entry in the history, and without drawing anew.
function remember(changes) {
	const { view, params } = here();
	for (const [name, value] of Object.entries(changes)) {
		if (value === "") params.delete(name);
		else params.set(name, value);
	}
	history.replaceState(null, "", address(view, Object.fromEntries(params)));
}

const kindName = {
	code: "code",
	data: "data",
	zero: "data, zero",
	maps: "maps",
	probes: "probe notes",
	note: "notes",
	btf: "types (BTF)",
	tables: "tables",
	relocations: "relocations",
	symbols: "symbol table",
	strings: "strings",
};
const kindClass = (kind) =>
	"k-" + (["code", "data", "zero", "maps", "probes", "note", "btf"].includes(kind) ? kind : "tables");
const tag = (kind) => h("span", { class: "tag " + kindClass(kind) }, kindName[kind] || kind);
