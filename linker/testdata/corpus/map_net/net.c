// Device, CPU, AF_XDP and socket maps, redirection into them.
// Run: redirect xdp
#include "../bpf.h"

struct devmap_value {
	__u32 ifindex;
	union {
		int fd;
		__u32 id;
	} prog;
};

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct devmap_value);
} devices SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP_HASH);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} devices_hash SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_CPUMAP);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} cpus SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_XSKMAP);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} sockets SEC(".maps");

SEC("xdp") int redirect(struct xdp_md *ctx)
{
	int n = bpf_redirect_map(&sockets, 0, XDP_PASS);

	n += bpf_redirect_map(&devices, 1, XDP_DROP) * 10;
	n += bpf_redirect_map(&devices_hash, 1, XDP_DROP) * 100;
	n += bpf_redirect_map(&cpus, 1, XDP_TX) * 1000;
	return n;
}

LICENSE_GPL;
