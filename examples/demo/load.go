package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"syscall"

	"github.com/cilium/ebpf"
)

// blocked is the port that the demo blocks.
const blocked = 23

const xdpDrop, xdpPass = 1, 2

// packets are what the demo sends, and what the firewall is to make of it.
var packets = []struct {
	what    string
	data    []byte
	verdict uint32
}{
	{"UDP to port 53", packet(0x0800, 17, 53), xdpPass},
	{"TCP to port 443", packet(0x0800, 6, 443), xdpPass},
	{"TCP to port 23", packet(0x0800, 6, blocked), xdpDrop},
	{"ARP", packet(0x0806, 0, 0), xdpPass},
}

// packet makes an Ethernet frame with an IPv4 packet of 10.0.0.1 in it.
func packet(ethertype uint16, protocol byte, port uint16) []byte {
	b := make([]byte, 64)
	binary.BigEndian.PutUint16(b[12:], ethertype)
	ip := b[14:]
	ip[0], ip[9] = 0x45, protocol
	copy(ip[12:], []byte{10, 0, 0, 1})
	binary.BigEndian.PutUint16(ip[22:], port)
	return b
}

// load brings the linked object into the kernel and runs its programs on packets, in test runs that no network device
// sees. Where the kernel does not permit that it says so, and there is no error.
func load(obj []byte) error {
	if os.Geteuid() != 0 {
		fmt.Println("Not loaded into the kernel: that needs root. Try 'sudo make demo'.")
		return nil
	}
	spec, err := ebpf.LoadCollectionSpecFromReader(bytes.NewReader(obj))
	if err != nil {
		return err
	}
	coll, err := ebpf.NewCollection(spec)
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSYS) {
		fmt.Printf("Not loaded into the kernel, which does not let this process: %v\n", err)
		return nil
	}
	if err != nil {
		return err
	}
	defer coll.Close()
	fmt.Printf("Loaded into this kernel. Port %d is blocked, and packets are sent in test runs:\n\n", blocked)

	ports := coll.Maps["blocked_ports"]
	if err := ports.Put(uint16(blocked), uint64(0)); err != nil {
		return err
	}
	for _, p := range packets {
		verdict, _, err := coll.Programs["firewall"].Test(p.data)
		if err != nil {
			return err
		}
		fmt.Printf("  firewall  %-16s  %s\n", p.what, verdictName(verdict))
		if verdict != p.verdict {
			return fmt.Errorf("the verdict on %s is %s, not %s", p.what, verdictName(verdict), verdictName(p.verdict))
		}
	}
	const leaving = 3
	for range leaving {
		if _, _, err := coll.Programs["egress"].Test(packets[0].data); err != nil {
			return err
		}
	}
	var drops, out uint64
	if err := ports.Lookup(uint16(blocked), &drops); err != nil {
		return err
	}
	if err := coll.Variables["packets_out"].Get(&out); err != nil {
		return err
	}
	fmt.Printf("  egress    %d packets leave   packets_out = %d, blocked_ports[%d] = %d\n", leaving, out, blocked, drops)
	if out != leaving || drops != 1 {
		return fmt.Errorf("the counts are not %d and 1", leaving)
	}
	return nil
}

func verdictName(v uint32) string {
	switch v {
	case xdpDrop:
		return "XDP_DROP"
	case xdpPass:
		return "XDP_PASS"
	}
	return fmt.Sprint("returned ", v)
}
