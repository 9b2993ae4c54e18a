#!/bin/sh
# Make the manual page from what the tool's --help prints.
#
#   docs/man.sh TOOL > docs/bpf-sdt-link.1
set -eu
tool=${1:?usage: docs/man.sh TOOL}

# page SECTION turns one help text into roff. A help text is: "name - summary", then "Usage:", a description, and maybe
# "Examples:", "Commands:" and "Options:", each with indented lines.
page() {
	awk -v depth="$1" '
	function roff(s) {
		gsub(/\\/, "\\e", s); gsub(/-/, "\\-", s); gsub(/\047/, "\\(aq", s)
		return (s ~ /^\./ ? "\\&" : "") s
	}
	function head(s) { print ".P"; print ".B " s }
	function close_() { if (verbatim) { print ".EE"; print ".RE"; verbatim = 0 } }
	function open_() { if (!verbatim) { print ".RS 4"; print ".EX"; verbatim = 1 } }
	NR == 1 {
		sub(/^[^ ]* /, ""); summary = $0
		if (depth != "main") { i = index($0, " - "); print ".SS " roff(substr($0, 1, i - 1)); print roff(toupper(substr($0, i + 3, 1)) substr($0, i + 4)) "." }
		next
	}
	# "Options:" comes last: a command with none of its own gets no heading.
	/^[A-Z][a-z]*:$/ { close_(); part = $0; pending = 0; if (part == "Usage:" && depth == "main") { print ".SH SYNOPSIS"; next }
		if (depth == "main" && part == "Commands:") { skip = 1; next }
		skip = 0
		if (depth == "main" && part == "Options:") { print ".SH OPTIONS"; print "Every command takes \\-\\-diagnostics, \\-\\-color and \\-\\-help."; next }
		if (part == "Options:") pending = 1; else head(part)
		next }
	skip { next }
	part == "Options:" || part == "Commands:" {
		if ($0 !~ /[^ ]/ || depth != "main" && /^ +--(diagnostics|color|help)/) next
		if (pending) { head(part); pending = 0 }
		line = $0; sub(/^ +/, "", line); i = match(line, /  +/)
		print ".TP"; print ".B " roff(substr(line, 1, i - 1)); print roff(substr(line, i + RLENGTH)); next
	}
	part == "Usage:" && /^   / { open_(); line = $0; sub(/^ +/, "", line); print roff(line); next }
	part == "Usage:" && /[^ ]/ { close_(); part = ""; if (depth == "main") print ".SH DESCRIPTION"; else print ".P" }
	/^    / { open_(); sub(/^    /, ""); print roff($0); next }
	!/[^ ]/ { close_(); if (part == "") print ".P"; next }
	{ close_(); print roff($0) }
	END { close_() }'
}

cat <<'EOF'
.\" Made by docs/man.sh from the tool's help. Do not edit.
.TH BPF\-SDT\-LINK 1
.SH NAME
bpf\-sdt\-link \- link BPF objects, static tracing probes included
EOF
"$tool" --help | page main
echo .SH COMMANDS
for c in link 'gen object' probes check header dump diff version; do
	# shellcheck disable=SC2086 # two words
	"$tool" help $c | page command
done
cat <<'EOF'
.SH EXIT STATUS
.TP
.B 0
All is well. There may have been warnings.
.TP
.B 1
An input is at fault, or a file cannot be read or written. No output has been written.
For
.BR diff :
the objects differ.
.TP
.B 2
The command line is wrong. For
.BR diff :
any trouble.
.TP
.B 141
The reader of standard output has gone.
.P
A command that bpftool runs has bpftool\(aqs exit status.
.SH ENVIRONMENT
.TP
.B BPF_SDT_BPFTOOL
The bpftool that is given the command lines that are not for this tool. Without it, the first on PATH that is not this tool.
.TP
.B NO_COLOR
If it is set and not empty, diagnostics have no colours, unless
.B \-\-color=always
says so.
.TP
.B TERM
If it is "dumb", the same.
.TP
.B XDG_CACHE_HOME
Where
.B header \-\-print\-dir
puts the header, in the folder bpf\-sdt\-link; $HOME/.cache if it is not set.
.TP
.B TMPDIR
The folder that is used for that if there is no home.
.SH SEE ALSO
.BR clang (1),
.BR bpftool (8),
.BR bpftool\-gen (8),
.BR make (1)
EOF
