module github.com/bpfsdt/bpf-sdt-link/scripts/release

go 1.25.0

require github.com/CycloneDX/cyclonedx-go v0.12.0
