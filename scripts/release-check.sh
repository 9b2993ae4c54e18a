#!/bin/sh
# Make the release twice, in surroundings that differ, and compare the two byte for byte; then look at what the files hold,
# install and remove them below a folder, and run what this machine can run.
#
#   STRICT=1   what cannot be looked at for want of a tool is a failure
set -eu

cd "$(dirname "$0")/.."
root=$PWD
GO=${GO-go}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM HUP

fail() {
	echo "release-check: $*" >&2
	exit 1
}

# skip WHAT WHY
skip() {
	echo "release-check: not looked at: $1: $2"
	if [ "${STRICT-}" ] && [ "${STRICT-}" != 0 ]; then exit 1; fi
}

said() { echo "release-check: $*"; }

# What a second home would make empty.
GOCACHE=$($GO env GOCACHE) GOMODCACHE=$($GO env GOMODCACHE) GOPATH=$($GO env GOPATH)
export GO GOCACHE GOMODCACHE GOPATH

# copy DIR: the source tree, with what is not committed yet; a checkout of another user's as one of this one's.
copy() {
	mkdir -p "$1"
	tar -cf - --exclude=./build . | tar -xf - -C "$1" --no-same-owner --no-same-permissions
}

# versioned COMMAND...: where git cannot tell a version, there is one.
versioned() {
	if [ -z "${VERSION-}" ] && ! git describe --tags --always >/dev/null 2>&1; then VERSION=v0.0.0; fi
	if [ "${VERSION-}" ]; then VERSION=$VERSION "$@"; else "$@"; fi
}

(cd scripts/release && CGO_ENABLED=0 $GO test -buildvcs=false .)

one=$tmp/one two="$tmp/number two/tree"
(umask 022 && copy "$one" && cd "$one" && TZ=UTC LC_ALL=C versioned make -s release)
(umask 077 && mkdir "$tmp/home" && copy "$two" && cd "$two" &&
	HOME=$tmp/home TZ=Pacific/Auckland LC_ALL=tr_TR.UTF-8 GOAMD64=v3 versioned make -s release)
diff -r "$one/build/release" "$two/build/release" || fail "two releases of one source tree differ"
files=$(ls "$one/build/release" | wc -l)
[ "$files" = 14 ] || fail "$files files, not 14"
said "made twice: $files files, all the same"

release=$one/build/release
cd "$release"
sha256sum -c --quiet SHA256SUMS
[ "$(wc -l <SHA256SUMS)" = $((files - 1)) ] || fail "SHA256SUMS does not have all files"
version=$(sed -n 's/^version: //p' BUILD.txt)

# The archives, each unpacked to $tmp/OS-ARCH.
for f in *.tar.gz *.zip; do
	name=${f%.tar.gz}
	name=${name%.zip}
	to=$tmp/${name#bpf-sdt-link-"$version"-}
	mkdir "$to"
	case $f in
	*.zip)
		command -v unzip >/dev/null || { skip "$f" "unzip is not installed"; continue; }
		TZ=UTC unzip -q "$f" -d "$to" ;;
	*)
		tar -tvzf "$f" | grep -v ' root/root ' && fail "$f: not all is root's"
		tar -xzf "$f" -C "$to" ;;
	esac
	[ "$(ls "$to")" = "$name" ] || fail "$f: has more than the folder $name"
	mv "$to/$name"/* "$to"
	program=$(echo "$to"/bin/*)
	for has in LICENSE LICENSES/third-party.txt README.md CHANGELOG.md docs/tutorial.md; do
		[ -s "$to/$has" ] || fail "$f: has no $has"
	done
	parts=$($GO version -m "$program" | grep -c '^	dep') # and Go's own library
	listed=$(grep -c '"type": "library"' "$name.cdx.json")
	[ "$listed" = $((parts + 1)) ] || fail "$name.cdx.json: lists $listed parts, not $parts and Go"
done

# What 'make install' installs, uninstalls, and an archive has.
cd "$one"
there="$tmp/in stalled"
versioned make -s install DESTDIR="$there" PREFIX=/usr
for d in bin include share; do
	diff -r "$there/usr/$d" "$tmp/$($GO env GOHOSTOS)-$($GO env GOHOSTARCH)/$d" || fail "'make install' and the archive differ"
done
cp -r "$there" "$tmp/kept"
versioned make -s uninstall DESTDIR="$there" PREFIX=/usr
left=$(find "$there" ! -type d -o -name '*bpf-sdt-link*')
[ -z "$left" ] || fail "'make uninstall' leaves $left"
said "installed and uninstalled"

# A compiler that has nothing in its cache makes the same program; 'make build' is what a release does.
if [ "$($GO env GOHOSTOS)" = linux ]; then
	(cd "$two" && GOCACHE=$tmp/cache versioned make -s build)
	cmp "$two/build/bpf-sdt-link" "$tmp/linux-$($GO env GOHOSTARCH)/bin/bpf-sdt-link" ||
		fail "with an empty cache the program differs"
	said "built with an empty cache: the same program"
fi

# runs PROGRAM...: it is this version, and links.
runs() {
	[ "$("$@" --version)" = "bpf-sdt-link $version" ] || fail "$*: is not version $version"
	"$@" -o "$tmp/linked.o" examples/firewall/*.o.zst
	sha256sum <"$tmp/linked.o"
}

want=
for arch in amd64 arm64; do
	program=$tmp/linux-$arch/bin/bpf-sdt-link
	qemu=
	if [ "$($GO env GOHOSTOS)-$($GO env GOHOSTARCH)" != linux-$arch ]; then
		case $arch in
		amd64) qemu=qemu-x86_64-static ;;
		arm64) qemu=qemu-aarch64-static ;;
		esac
		command -v $qemu >/dev/null || { skip "the program for $arch" "$qemu is not installed"; continue; }
	fi
	sum=$(runs $qemu "$program") || exit
	[ "$sum" = "${want:=$sum}" ] || fail "the program for $arch links to other bytes"
	said "linux/$arch runs and links"
done

# The packages.
command -v dpkg >/dev/null || { skip "the packages" "this is no Debian or Ubuntu"; exit 0; }
for arch in amd64 arm64; do
	deb=$release/bpf-sdt-link-$version-linux-$arch.deb
	sys="$tmp/system-$arch"
	mkdir -p "$sys/var/lib/dpkg/info" "$sys/var/lib/dpkg/updates"
	: >"$sys/var/lib/dpkg/status"
	set -- dpkg --root="$sys" --log=/dev/null --force-not-root --force-script-chrootless --force-bad-path --force-architecture
	"$@" -i "$deb" >"$tmp/dpkg.log" 2>&1 || { cat "$tmp/dpkg.log"; fail "$deb does not install"; }
	[ -z "$("$@" -V bpf-sdt-link)" ] || fail "$deb: md5sums are not those of the files"
	cmp "$sys/usr/bin/bpf-sdt-link" "$tmp/linux-$arch/bin/bpf-sdt-link"
	for d in include share/bash-completion share/fish; do
		diff -r "$tmp/kept/usr/$d" "$sys/usr/$d" || fail "$deb: has another $d"
	done
	cmp "$tmp/kept/usr/share/zsh/site-functions/_bpf-sdt-link" "$sys/usr/share/zsh/vendor-completions/_bpf-sdt-link"
	gzip -dc "$sys/usr/share/man/man1/bpf-sdt-link.1.gz" | cmp - "$tmp/kept/usr/share/man/man1/bpf-sdt-link.1"
	for has in copyright README.md changelog.gz changelog.Debian.gz; do
		[ -s "$sys/usr/share/doc/bpf-sdt-link/$has" ] || fail "$deb: has no $has"
	done
	"$@" -P bpf-sdt-link >"$tmp/dpkg.log" 2>&1 || { cat "$tmp/dpkg.log"; fail "$deb cannot be removed"; }
	left=$(find "$sys" -path "$sys/var" -prune -o -type f -print)
	[ -z "$left" ] || fail "$deb: leaves $left"
	if command -v lintian >/dev/null; then
		lintian --allow-root --fail-on error,warning "$deb" || fail "$deb: lintian objects"
	fi
done
said "the packages install, and can be removed"
