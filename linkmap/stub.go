package linkmap

import "io"

func (m *Map) WriteText(w io.Writer) error { return nil }
func (m *Map) WriteHTML(w io.Writer) error { return nil }
