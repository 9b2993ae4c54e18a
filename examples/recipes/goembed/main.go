// Filter loads a BPF program of several C files that is embedded in it as one object, and sends it packets in test runs
// that no network device sees.
package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"log"

	"github.com/cilium/ebpf"
)

//go:embed filter.o
var object []byte

func main() {
	spec, err := ebpf.LoadCollectionSpecFromReader(bytes.NewReader(object))
	if err != nil {
		log.Fatal(err)
	}
	var objs struct {
		Filter  *ebpf.Program  `ebpf:"filter"`
		Passed  *ebpf.Variable `ebpf:"passed"`
		Dropped *ebpf.Variable `ebpf:"dropped"`
	}
	if err := spec.LoadAndAssign(&objs, nil); err != nil {
		log.Fatal(err)
	}
	defer objs.Filter.Close()
	for _, port := range []uint16{53, 23, 123} {
		verdict, err := send(objs.Filter, port)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("UDP to port %d: %s\n", port, verdict)
	}
	var passed, dropped uint64
	if err := objs.Passed.Get(&passed); err != nil {
		log.Fatal(err)
	}
	if err := objs.Dropped.Get(&dropped); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("passed %d, dropped %d\n", passed, dropped)
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
