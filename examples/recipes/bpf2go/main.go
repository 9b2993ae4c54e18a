// Filter loads a BPF program of several C files through what bpf2go makes of it, and sends it packets in test runs that
// no network device sees.
package main

import (
	"fmt"
	"log"

	"github.com/cilium/ebpf"
)

//go:generate go tool bpf-sdt-link header -o include
//go:generate go tool bpf2go -cc "go tool bpf-sdt-link cc clang" Filter ../src/filter.bpf.c -- ../src/parse.bpf.c ../src/count.bpf.c -Wl,--probes=call -Wall -Iinclude -idirafter /usr/include/x86_64-linux-gnu -idirafter /usr/include/aarch64-linux-gnu

func main() {
	var objs FilterObjects
	if err := LoadFilterObjects(&objs, nil); err != nil {
		log.Fatal(err)
	}
	defer objs.Close()
	if err := run(&objs); err != nil {
		log.Fatal(err)
	}
}

func run(objs *FilterObjects) error {
	for _, port := range []uint16{53, 23, 123} {
		verdict, err := send(objs.Filter, port)
		if err != nil {
			return err
		}
		fmt.Printf("UDP to port %d: %s\n", port, verdict)
	}
	var passed, dropped uint64
	if err := objs.Passed.Get(&passed); err != nil {
		return err
	}
	if err := objs.Dropped.Get(&dropped); err != nil {
		return err
	}
	fmt.Printf("passed %d, dropped %d\n", passed, dropped)
	return nil
}

// send sends an Ethernet frame with UDP to the port in it.
func send(filter *ebpf.Program, port uint16) (string, error) {
	frame := make([]byte, 64)
	frame[12] = 0x08 // IPv4
	frame[14] = 0x45 // version 4, a header of 5 words
	frame[14+9] = 17 // UDP
	frame[34+2] = byte(port >> 8)
	frame[34+3] = byte(port)
	verdict, _, err := filter.Test(frame)
	if err != nil {
		return "", err
	}
	return map[uint32]string{1: "drop", 2: "pass"}[verdict], nil
}
