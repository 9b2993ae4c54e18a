#!/bin/sh
# Fetch the kernels that 'make kernel-check' boots, build/kernels/vmlinuz-6.1 and vmlinuz-6.12: Debian's for clouds, which
# have BTF and need no module for XDP, TC and fentry. Nothing is installed. Kernels that are there are left as they are.
set -eu

cd "$(dirname "$0")/.."
dir=$PWD/build/kernels
work=
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# fetch SERIES RELEASE METAPACKAGE: that release, or if it is gone the one that the metapackage depends on today.
fetch() {
	if [ -e "$dir/vmlinuz-$1" ]; then return; fi
	work=$(mktemp -d)
	# apt downloads as a user of its own, who has to get in.
	chmod 755 "$work"
	(cd "$work" && apt-get -qq download "linux-image-$2" 2>/dev/null) || {
		p=$(apt-cache depends "$3" | sed -n 's/^ *Depends: \(linux-image-[0-9][^ ]*\)$/\1/p' | head -n 1)
		[ -n "$p" ] || { echo "kernel: no package of kernel $1: $3 is not known to apt-get" >&2; exit 1; }
		(cd "$work" && apt-get -qq download "$p")
	}
	dpkg-deb --fsys-tarfile "$work"/*.deb | tar -x -C "$work" --wildcards './boot/vmlinuz-*'
	mkdir -p "$dir"
	mv "$work"/boot/vmlinuz-"$1".* "$dir/vmlinuz-$1"
	rm -rf "$work"
}

fetch 6.1 6.1.0-56-cloud-amd64 linux-image-cloud-amd64
fetch 6.12 6.12.117+deb12-cloud-amd64 linux-image-6.12-cloud-amd64
