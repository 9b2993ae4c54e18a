// Package sdt observes static tracing probes of BPF programs that are loaded with github.com/cilium/ebpf.
//
// A probe is placed in a BPF program with bpf_sdt.h and becomes a call when bpf-sdt-link links it:
//
//	bpf-sdt-link -o filter.o --probes=call prog.o verdict.o
//
// Each site of the probe then calls a stub, a function of the probe's name that does nothing. An observer is a BPF program
// of type fentry that the kernel runs at each call. Its arguments are those of the probe, as ctx[0], ctx[1] and so on:
//
//	SEC("fentry")
//	int BPF_PROG(watch, int len, struct xdp_md *xdp) { ... }
//
// SEC("fentry/my_probe"), SEC("bpf_sdt") and SEC("bpf_sdt/my_probe") do as well. What follows the slash is for readers:
// which probe of which program is observed is said at run time:
//
//	target, err := ebpf.LoadCollection("filter.o")
//	spec, err := ebpf.LoadCollectionSpec("watch.o")
//	err = sdt.Prepare(target.Programs["filter"], "packet_in", spec.Programs["watch"])
//	observers, err := ebpf.NewCollection(spec)
//	if err != nil {
//		return sdt.Explain(err)
//	}
//	l, err := sdt.Attach(observers.Programs["watch"])
//	defer l.Close()
//
// A target may also be a program that runs already, found by its pin or its id. One observer program observes one probe
// of one target. To observe two targets, prepare and load a copy of the observer's spec for each. [Running] tells who observes
// a program.
//
// # Flags
//
// What stands inside of if (BPF_SDT_ENABLED(my_probe)) is removed by the verifier, unless the probe was enabled before
// its program was loaded:
//
//	spec, err := ebpf.LoadCollectionSpec("filter.o")
//	err = sdt.Enable(spec, "packet_in")
//	target, err := ebpf.NewCollection(spec)
//
// # Kernels
//
// Tested on x86-64 with Linux 6.1 and 6.12. The kernel has to support fentry programs, which observe JITed programs only.
// Linux 6.1 refuses to observe a probe in a tracing program (fentry, tp_btf, iter): [ErrRecursive].
//
// The kernel RFC "bpf: Introduce static-defined tracing probe for BPF" has observers of a type of their own, for sites
// that are still NOPs. No released kernel has it, and this package does not load them: [ErrRFCKernel]. A lowered probe is
// observed by fentry on any kernel.
package sdt
