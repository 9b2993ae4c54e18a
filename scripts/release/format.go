package main

import (
	"bytes"
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"fmt"
)

// checkFormat looks whether data is a program for a target; one for Linux must need no other file to run.
func checkFormat(t target, data []byte) error {
	switch t.os {
	case "linux":
		return checkELF(t, data)
	case "darwin":
		f, err := macho.NewFile(bytes.NewReader(data))
		if err != nil {
			return err
		}
		want := map[string]macho.Cpu{"amd64": macho.CpuAmd64, "arm64": macho.CpuArm64}[t.arch]
		if f.Type != macho.TypeExec || f.Cpu != want {
			return fmt.Errorf("a program of type %v for %v", f.Type, f.Cpu)
		}
	case "windows":
		f, err := pe.NewFile(bytes.NewReader(data))
		if err != nil {
			return err
		}
		want := map[string]uint16{"amd64": pe.IMAGE_FILE_MACHINE_AMD64, "arm64": pe.IMAGE_FILE_MACHINE_ARM64}[t.arch]
		if f.Machine != want || f.Characteristics&pe.IMAGE_FILE_EXECUTABLE_IMAGE == 0 {
			return fmt.Errorf("a program for machine %#x", f.Machine)
		}
	}
	return nil
}

func checkELF(t target, data []byte) error {
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		return err
	}
	want := map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}[t.arch]
	if f.Machine != want {
		return fmt.Errorf("a program for %v", f.Machine)
	}
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
			return fmt.Errorf("the program is not static: it has a segment of type %v", p.Type)
		}
	}
	return nil
}
