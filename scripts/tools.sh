#!/bin/sh
# Install what the tests use beside Go, and what of it is missing: as root on Debian or Ubuntu. Elsewhere, or with
# NO_INSTALL=1, say what is missing. The tests run without it, and name what they leave out.
set -eu

# package:command or package:file, as the tests look for them
wanted="
clang-14:clang-14 clang-16:clang-16 clang-19:clang-19 clang-22:clang-22
llvm-19:llvm-readelf-19 llvm-22:llvm-objcopy-22
bpftool:bpftool libbpf-dev:/usr/include/bpf/bpf_helpers.h
qemu-system-x86:qemu-system-x86_64 gcc:gcc libelf-dev:/usr/include/libelf.h zlib1g-dev:/usr/include/zlib.h
libc6-dev:/usr/include/stdio.h binutils:readelf python3:python3 xdp-tools:xdp-loader
cmake:cmake meson:meson ninja-build:ninja jq:jq make:make iputils-ping:ping chromium:chromium
mandoc:mandoc groff-base:groff zsh:zsh fish:fish unzip:unzip qemu-user-static:qemu-aarch64-static
"

missing=
for w in $wanted; do
	case ${w#*:} in
	/*) [ -e "${w#*:}" ] || missing="$missing ${w%%:*}" ;;
	*) PATH=$PATH:/usr/sbin:/sbin command -v "${w#*:}" >/dev/null || missing="$missing ${w%%:*}" ;;
	esac
done
if [ -z "$missing" ]; then exit 0; fi

if [ "${NO_INSTALL-}" ] && [ "${NO_INSTALL-}" != 0 ]; then
	echo "Not installed, because of NO_INSTALL:$missing"
	exit 0
fi
if ! command -v apt-get >/dev/null; then
	echo "Missing, and to be installed by hand, for this is no Debian or Ubuntu:$missing"
	exit 0
fi
if [ "$(id -u)" != 0 ]; then
	echo "Missing:$missing"
	echo "As root, 'make check' installs it; so does: sudo apt-get install --no-install-recommends$missing"
	exit 0
fi

export DEBIAN_FRONTEND=noninteractive
echo "Looking for packages: apt-get update"
apt-get update -qq </dev/null || echo "apt-get update failed; going on with what is known"

available=
for p in $missing; do
	if apt-cache show "$p" >/dev/null 2>&1; then
		available="$available $p"
	else
		echo "$p is not in this distribution; what needs it is left out"
	fi
done
if [ -z "$available" ]; then exit 0; fi

echo "Installing (NO_INSTALL=1 prevents it):$available"
# One at a time if they do not go together.
# shellcheck disable=SC2086
apt-get install -y -qq --no-install-recommends $available </dev/null >/dev/null || for p in $available; do
	apt-get install -y -qq --no-install-recommends "$p" </dev/null >/dev/null || echo "$p cannot be installed; what needs it is left out"
done
