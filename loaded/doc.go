// Package loaded reads from the kernel which probes its programs have, and who observes them.
//
// Only probes whose sites a link has made calls can be seen ("bpf-sdt-link --probes=call", or --attach): tags in BTF tell
// of them, which loaders hand on to the kernel from Linux 5.16 on. A probe that is a NOP leaves nothing in a program that
// is loaded.
//
// It takes CAP_SYS_ADMIN, as BTF and links are read by their ids. The package makes the system calls by itself, and so adds
// next to nothing to the start of a program. Programs that are loaded with github.com/cilium/ebpf are read by their file descriptors:
// see package sdt.
package loaded
