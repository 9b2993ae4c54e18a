package main

import (
	"os"
	"regexp"
	"strings"
)

// shape is what an object of a set contains.
type shape struct {
	Sources      int // distinct C sources
	Progs, Funcs int // entry programs; subprograms
	Globals      int // subprograms that are global; they come first
	Maps, Vars   int
	Neighbours   int // functions of each neighbour that the first program calls
	Core         int // kernel structs that are read through CO-RE
	CoreSizes    int // further ones, of which the size is asked
	Shared       int // struct types that are the same in all objects
	Unique       int // struct types that no other object has
	Kconfig      bool
}

type preset struct {
	objects int
	shape
}

var (
	kernel  = shape{Sources: 8, Progs: 6, Funcs: 12, Globals: 6, Maps: 4, Vars: 6, Neighbours: 2, Core: 16, CoreSizes: 40, Shared: 16, Unique: 4, Kconfig: true}
	symbols = shape{Sources: 2, Progs: 1, Funcs: 100, Globals: 100, Maps: 1, Vars: 2, Neighbours: 2, Shared: 4}

	fixed = map[string]preset{
		"tiny":    {2, shape{Sources: 2, Progs: 2, Funcs: 4, Globals: 2, Maps: 2, Vars: 3, Neighbours: 1, Shared: 8, Unique: 2}},
		"typical": {8, kernel},
		"unique":  {200, shape{Sources: 2, Progs: 2, Funcs: 8, Globals: 4, Maps: 2, Vars: 3, Neighbours: 1, Unique: 200}},
	}
	counted = map[string]*shape{"c": &kernel, "d": &symbols}
)

// reads are members that many kernel versions have. A struct that vmlinux.h lacks is left out.
var reads = strings.Fields(`
	task_struct.tgid sk_buff.len sock.__sk_common.skc_family file.f_pos inode.i_ino mm_struct.mmap_base
	net_device.ifindex dentry.d_flags super_block.s_magic vm_area_struct.vm_start socket.type cgroup.level
	css_set.nr_tasks signal_struct.nr_threads cred.securebits tcp_sock.snd_cwnd inet_sock.inet_sport unix_sock.peer
	bio.bi_opf request_queue.nr_requests linux_binprm.filename kiocb.ki_pos module.state nsproxy.mnt_ns
	perf_event.state bpf_prog.len bpf_map.map_type fs_struct.users files_struct.next_fd
	address_space.nrpages user_namespace.level block_device.bd_dev`)

var (
	progSections = strings.Fields(`sched_switch sys_enter sys_exit sched_process_exec sched_process_exit netif_receive_skb kfree_skb`)
	mapTypes     = strings.Fields(`HASH ARRAY LRU_HASH PERCPU_ARRAY`)
)

// source is what templates/source.c.tmpl makes one distinct source of.
type source struct {
	shape
	Number int
	Probes bool
	Funcs  []function
	Progs  []program
}

type function struct {
	Name       string
	Global     bool
	Type, Add  int // of the argument, sh_Type; what is added to the other
	Steps      []step
	UsesGlobal bool
}

// step is a multiplication and a shift that the compiler cannot do away with.
type step struct{ Factor, Shift int }

type program struct {
	Number  int
	Section string
	Calls   []function
	Reads   []read
	Sizes   []string // of kernel structs
	Vars    []int
}

type read struct {
	Arg            int
	Struct, Member string
}

// SharedOrOne is how many sh_ types there are: the functions need one in any case.
func (s shape) SharedOrOne() int { return max(s.Shared, 1) }

const stepsPerFunction = 6

// newSource lays out distinct source number of a set; structs are the names that vmlinux.h defines.
func newSource(s shape, number int, probes bool, structs []string) source {
	src := source{shape: s, Number: number, Probes: probes}
	for i := range s.Funcs {
		f := function{Name: "sfn_", Global: i < s.Globals, Type: i % s.SharedOrOne(), Add: i + 1 + 31*number}
		if f.Global {
			f.Name = "gfn_"
		}
		f.Name += itoa(i)
		f.UsesGlobal = !f.Global && s.Vars > 0
		for j := range stepsPerFunction {
			f.Steps = append(f.Steps, step{(2654435761 + 40503*(17*i+j+number)) | 1, (i+j)%29 + 1})
		}
		src.Funcs = append(src.Funcs, f)
	}
	src.Progs = make([]program, s.Progs)
	for i := range src.Progs {
		src.Progs[i] = program{Number: i, Section: "raw_tp/" + progSections[(i+number)%len(progSections)]}
	}
	src.spread(structs)
	return src
}

// spread deals what a source does out to its programs.
func (src *source) spread(structs []string) {
	n := len(src.Progs)
	for i, f := range src.Funcs {
		p := &src.Progs[i%n]
		p.Calls = append(p.Calls, f)
	}
	for i := range src.Vars {
		p := &src.Progs[i%n]
		p.Vars = append(p.Vars, i)
	}
	for i, r := range src.kernelReads(structs) {
		p := &src.Progs[i%n]
		p.Reads = append(p.Reads, r)
	}
	for i, name := range src.window(structs) {
		p := &src.Progs[i%n]
		p.Sizes = append(p.Sizes, name)
	}
}

func (src *source) kernelReads(structs []string) (out []read) {
	have := map[string]bool{}
	for _, name := range structs {
		have[name] = true
	}
	for _, r := range reads {
		name, member, _ := strings.Cut(r, ".")
		if have[name] && len(out) < src.Core {
			out = append(out, read{len(out) % 3, name, member})
		}
	}
	return out
}

// window picks kernel structs from all over vmlinux.h: half of them for all sources, the others for this one alone.
func (src *source) window(structs []string) []string {
	known := map[string]bool{}
	for _, r := range reads {
		name, _, _ := strings.Cut(r, ".")
		known[name] = true
	}
	var pool []string
	for _, name := range structs {
		if !known[name] && !strings.Contains(name, "___") {
			pool = append(pool, name)
		}
	}
	common := src.CoreSizes / 2
	own := src.CoreSizes - common
	total := common + own*src.Sources
	if total == 0 || len(pool) < total {
		return pool[:min(len(pool), src.CoreSizes)]
	}
	stride := len(pool) / total
	var out []string
	for i := range src.CoreSizes {
		at := i
		if i >= common {
			at += src.Number * own
		}
		out = append(out, pool[at*stride])
	}
	return out
}

var structLine = regexp.MustCompile(`(?m)^struct (\w+) \{$`)

// vmlinuxStructs are the names of the structs that a vmlinux.h defines, in its order.
func vmlinuxStructs(path string) ([]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, m := range structLine.FindAllSubmatch(text, -1) {
		names = append(names, string(m[1]))
	}
	return names, nil
}
