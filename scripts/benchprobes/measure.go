package main

import (
	"fmt"
	"math"
	"runtime"
	"slices"

	"golang.org/x/sys/unix"
)

// measure runs all variants in turn, round after round, so that a slow phase of the machine falls on all of them.
func measure(variants []*variant, rounds, repeat int) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	pin()
	packet := make([]byte, 64)
	order := make([]*variant, 0, len(variants))
	for _, v := range variants {
		if v.missing == "" {
			order = append(order, v)
		}
	}
	for round := -1; round < rounds; round++ { // the first warms up
		for i := range order {
			v := order[(i+round+1)%len(order)]
			ns, err := v.time(packet, repeat)
			if err != nil {
				return fmt.Errorf("%s: %w", v.title, err)
			}
			if round >= 0 {
				v.ns = append(v.ns, ns)
			}
		}
	}
	return nil
}

// time is what one run took, in nanoseconds. The kernel tells whole ones: with 16 sites that is 0.06 a site.
func (v *variant) time(packet []byte, repeat int) (float64, error) {
	_, d, err := v.coll.Programs["bench"].Benchmark(packet, repeat, nil)
	return float64(d.Nanoseconds()), err
}

// pin keeps this thread on the processor where it is. If that is not permitted, the measurement is only noisier.
func pin() {
	var allowed, one unix.CPUSet
	if unix.SchedGetaffinity(0, &allowed) != nil {
		return
	}
	for cpu := range len(allowed) * 64 {
		if allowed.IsSet(cpu) {
			one.Set(cpu)
		}
		if one.Count() == 1 {
			break
		}
	}
	_ = unix.SchedSetaffinity(0, &one)
}

// perSite is what each round took more than the same round of the program without probes, for each site.
func (v *variant) perSite(base *variant) []float64 {
	var ns []float64
	for i := range min(len(v.ns), len(base.ns)) {
		ns = append(ns, (v.ns[i]-base.ns[i])/sites)
	}
	return ns
}

func median(values []float64) float64 { return quantile(values, 0.5) }

// quantile interpolates between the two values next to q of the way through all of them.
func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	s := slices.Sorted(slices.Values(values))
	at := q * float64(len(s)-1)
	i := int(at)
	if i+1 == len(s) {
		return s[i]
	}
	return s[i] + (at-float64(i))*(s[i+1]-s[i])
}
