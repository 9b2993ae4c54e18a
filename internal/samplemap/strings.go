package samplemap

import (
	"reflect"

	"github.com/bpfsdt/bpf-sdt-link/linkmap"
)

// Strings calls fn for every string of a map, also of fields that come later.
func Strings(m *linkmap.Map, fn func(*string)) { walk(reflect.ValueOf(m).Elem(), fn) }

func walk(v reflect.Value, fn func(*string)) {
	switch v.Kind() {
	case reflect.String:
		s := v.String()
		fn(&s)
		v.SetString(s)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				walk(v.Field(i), fn)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			walk(v.Index(i), fn)
		}
	}
}
