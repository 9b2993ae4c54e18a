package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"net/url"
	"slices"
	"strings"

	cdx "github.com/CycloneDX/cyclonedx-go"
)

const mainModule = "github.com/bpfsdt/bpf-sdt-link"

// sbom lists what a binary is made of, in CycloneDX's form: without a time and a serial number, which would differ from
// one run to the next.
func (r *release) sbom(b *binary) ([]byte, error) {
	product := cdx.Component{
		Type: cdx.ComponentTypeApplication, Name: "bpf-sdt-link", Version: r.version,
		PackageURL: packageURL(mainModule, r.version) + "?goarch=" + b.arch + "&goos=" + b.os + "#cmd/bpf-sdt-link",
		Hashes:     &[]cdx.Hash{{Algorithm: cdx.HashAlgoSHA256, Value: fmt.Sprintf("%x", sha256.Sum256(b.data))}},
		Licenses:   &cdx.Licenses{{Expression: "Apache-2.0 AND (LGPL-2.1-only OR BSD-2-Clause)"}},
		Properties: &[]cdx.Property{{Name: "go:version", Value: r.goTool}, {Name: "go:build", Value: strings.Join(r.flags, " ")}},
	}
	product.BOMRef = product.PackageURL
	parts := []cdx.Component{component(b, goModule, "std", strings.TrimPrefix(r.goTool, "go"), "")}
	for _, m := range b.modules {
		parts = append(parts, component(b, m.Path, m.Path, m.Version, m.Sum))
	}
	slices.SortFunc(parts, func(a, b cdx.Component) int { return strings.Compare(a.BOMRef, b.BOMRef) })
	var refs []string
	for _, p := range parts {
		refs = append(refs, p.BOMRef)
	}
	bom := cdx.NewBOM()
	bom.Metadata = &cdx.Metadata{Component: &product}
	bom.Components = &parts
	bom.Dependencies = &[]cdx.Dependency{{Ref: product.BOMRef, Dependencies: &refs}}
	var out bytes.Buffer
	enc := cdx.NewBOMEncoder(&out, cdx.BOMFileFormatJSON).SetPretty(true).SetEscapeHTML(false)
	err := enc.EncodeVersion(bom, cdx.SpecVersion1_6)
	return out.Bytes(), err
}

// component is a module that a binary is made of. Its sum is that of go.sum, if it has one.
func component(b *binary, module, name, version, sum string) cdx.Component {
	ref := packageURL(name, version)
	c := cdx.Component{Type: cdx.ComponentTypeLibrary, BOMRef: ref, PackageURL: ref, Name: name, Version: version}
	var ids []string
	for _, n := range b.notices {
		if n.module == module {
			ids = append(ids, n.licenses...)
		}
	}
	slices.Sort(ids)
	c.Licenses = &cdx.Licenses{{Expression: strings.Join(slices.Compact(ids), " AND ")}}
	if sum != "" {
		c.Properties = &[]cdx.Property{{Name: "go:sum", Value: sum}}
	}
	return c
}

func packageURL(module, version string) string {
	return "pkg:golang/" + module + "@" + url.QueryEscape(version)
}
