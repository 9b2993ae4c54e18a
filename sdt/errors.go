package sdt

import "errors"

// Errors of this package wrap one of these where something can be done about it. Each says what.
var (
	// ErrNoProbe is that there is no probe of the name, or none that the program runs.
	ErrNoProbe = errors.New("no such probe")

	// ErrNotLowered is that nothing can observe the probe, because its sites are not calls of a stub.
	ErrNotLowered = errors.New("it has no function to observe: link with --probes=call, and without --attach for it")

	// ErrRemoved is that the probe was in dead code when the target was loaded.
	ErrRemoved = errors.New("the verifier has removed the probe from the target, for a condition before it is never " +
		"true: if that is BPF_SDT_ENABLED, call Enable before the target is loaded")

	// ErrArity is that an observer reads an argument that the probe does not have.
	ErrArity = errors.New("the observer reads more arguments than the probe has")

	// ErrNoFlag is that the probe has no flag to set.
	ErrNoFlag = errors.New("the probe has no flag: no object asks BPF_SDT_ENABLED for it")

	// ErrFentry is that the kernel does not let the process observe with fentry.
	ErrFentry = errors.New("the kernel refuses fentry: it takes CAP_BPF and CAP_PERFMON (or root), the JIT switched on " +
		"(net.core.bpf_jit_enable), CONFIG_FUNCTION_TRACER with direct calls, and no policy of the host against it")

	// ErrRecursive is that the kernel does not observe programs of the target's type.
	ErrRecursive = errors.New("the kernel does not let the target be observed, a tracing program (Linux 6.1 takes none, " +
		"6.12 all but observers): use a later kernel, or place the probe in a program that is not fentry, tp_btf or iter")

	// ErrRFCKernel comes along with ErrNotLowered or ErrNoProbe where the kernel has the RFC: it would observe a probe that is
	// a NOP, and this package does not know how, for there is no such kernel to test with.
	ErrRFCKernel = errors.New("the kernel can observe probes that are NOPs (BPF_TRACE_SDT), which this package does not " +
		"do yet: link with --probes=call")
)
