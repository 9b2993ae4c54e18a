/* SPDX-License-Identifier: Apache-2.0 */
/* Loads the filter through its skeleton, and sends it packets in test runs that no network device sees. */
#include <stdio.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "filter.skel.h"

/* Sends an Ethernet frame with UDP to the port in it, and prints what the filter says. */
static int send_udp(struct filter *skel, unsigned short port)
{
	unsigned char frame[64] = {};
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame, .data_size_in = sizeof(frame));
	int err;

	frame[12] = 0x08;      /* IPv4 */
	frame[14] = 0x45;      /* version 4, a header of 5 words */
	frame[14 + 9] = 17;    /* UDP */
	frame[34 + 2] = port >> 8;
	frame[34 + 3] = port & 0xff;
	err = bpf_prog_test_run_opts(bpf_program__fd(skel->progs.filter), &run);
	if (err) {
		fprintf(stderr, "test run: %s\n", strerror(-err));
		return err;
	}
	printf("UDP to port %d: %s\n", port, run.retval == 1 ? "drop" : run.retval == 2 ? "pass" : "?");
	return 0;
}

int main(void)
{
	struct filter *skel = filter__open_and_load();
	int err = !skel;

	if (!err)
		err = send_udp(skel, 53) || send_udp(skel, 23) || send_udp(skel, 123);
	if (!err)
		printf("passed %llu, dropped %llu\n", (unsigned long long)skel->bss->passed, (unsigned long long)skel->bss->dropped);
	filter__destroy(skel);
	return err;
}
