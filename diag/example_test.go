package diag_test

import (
	"errors"
	"fmt"
	"os"

	"github.com/bpfsdt/bpf-sdt-link/diag"
)

// A fault is made, and written for people and for programs.
func ExampleText() {
	at := diag.Place{Object: "b.o", File: "b.c", Line: 5, Column: 1}
	d := diag.Errorf("probe-conflict", at, "probe '%s' is declared with different types", "my_trace").
		With(diag.Place{Object: "a.o", File: "a.c", Line: 7, Column: 1}, "declared as (int, int)").
		WithHint("share one declaration in a header")
	_ = diag.Text(os.Stdout, []diag.Diagnostic{d}, false)
	_ = diag.JSON(os.Stdout, []diag.Diagnostic{d})
	// Output:
	// b.o: error: probe 'my_trace' is declared with different types
	//   at b.c:5:1
	//   a.c:7:1: a.o: declared as (int, int)
	//   hint: share one declaration in a header
	// {"severity":"error","id":"probe-conflict","message":"probe 'my_trace' is declared with different types","object":"b.o","file":"b.c","line":5,"column":1,"related":[{"object":"a.o","file":"a.c","line":7,"column":1,"message":"declared as (int, int)"}],"hint":"share one declaration in a header"}
}

// A check goes on behind a fault, and reports all of them as one error.
func ExampleLog() {
	check := func(names ...string) error {
		var log diag.Log
		for _, n := range names {
			if n == "" {
				log.Add(diag.Errorf("section", diag.Place{Object: "a.o"}, "a section has no name"))
			}
		}
		return log.Err()
	}
	fmt.Println(check("xdp", "license"))

	var failure *diag.Failure
	if err := check("", "xdp", ""); errors.As(err, &failure) {
		for _, d := range failure.Diagnostics {
			fmt.Println(d.ID, d.Place.Object, d.Message)
		}
	}
	// Output:
	// <nil>
	// section a.o a section has no name
	// section a.o a section has no name
}
