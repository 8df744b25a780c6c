package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"nfwhy/internal/lab"
)

func (c *cli) labRun(args []string, f *labFlags) error {
	format, err := c.formatOf("text", "txtar", "json")
	if err != nil {
		return err
	}
	if len(args) == 0 {
		return fmt.Errorf("lab run: no case (expected CASE.txtar..., or - for standard input)")
	}
	var records []*lab.Record
	for _, name := range args {
		rec, err := c.readCase(name)
		if err != nil {
			return err
		}
		if f.check && rec.Answer == nil {
			return fmt.Errorf("--check: %s holds no answer (expected a section -- answer --, as lab run --format txtar writes)", name)
		}
		records = append(records, rec)
	}
	return c.inLab(lab.Options{}, func(ctx context.Context, h *lab.Host) error {
		out, err := c.result()
		if err != nil {
			return err
		}
		objections := 0
		for i, rec := range records {
			var kernel lab.Result
			if kernel, err = h.Run(ctx, rec.Scenario); err != nil {
				break
			}
			var ds []lab.Difference
			if f.check {
				ds = lab.Compare(*rec.Answer, kernel)
				objections += len(ds)
			}
			if err = writeRun(out, format, args[i], &lab.Record{Scenario: rec.Scenario, Answer: &kernel}, ds); err != nil {
				break
			}
		}
		if err := out.finish(err); err != nil {
			return err
		}
		if objections > 0 {
			return status(exitObjection)
		}
		return nil
	})
}

// writeRun prints a case with its answer.
func writeRun(out *outFile, format, name string, rec *lab.Record, ds []lab.Difference) error {
	switch format {
	case "txtar":
		b, err := rec.AppendText(nil)
		if err == nil {
			_, err = out.Write(b)
		}
		return err
	case "json":
		return json.NewEncoder(out).Encode(struct {
			Source      string           `json:"source"`
			Scenario    *lab.Scenario    `json:"scenario"`
			Answer      *lab.Result      `json:"answer"`
			Differences []lab.Difference `json:"differences,omitempty"`
		}{name, &rec.Scenario, rec.Answer, ds})
	}
	runText(out, rec)
	for _, d := range ds {
		text := strings.NewReplacer("\n  kernel ", "\n  recorded ", "\n  engine ", "\n  now      ").Replace(d.String())
		fmt.Fprintf(out, "otherwise than recorded: %s\n", visibleLines(text))
	}
	return nil
}

// runText tells an answer to people.
func runText(out *outFile, rec *lab.Record) {
	if rec.Scenario.Name != "" {
		fmt.Fprintln(out, visibleLines(rec.Scenario.Name))
	}
	if rec.Answer.Refused != "" {
		fmt.Fprintf(out, "refused: %s\n", visibleLines(rec.Answer.Refused))
		return
	}
	for i, sr := range rec.Answer.Steps {
		st := &rec.Scenario.Steps[i]
		from := "In  " + st.From
		if st.From == lab.Local {
			from = "Out " + st.From
		}
		fmt.Fprintf(out, "%3d %s %s\n", i+1, from, visible(line(st.Packet)))
		if sr.Error != "" {
			fmt.Fprintf(out, "      error %s\n", sr.Error)
		}
		for _, l := range sr.Log {
			fmt.Fprintf(out, "      log <%d> %s\n", l.Level, visible(l.Text))
		}
		for _, d := range sr.Out {
			fmt.Fprintf(out, "      out %s %s\n", d.Dev, visible(line(d.Packet())))
		}
	}
	for _, text := range []string{rec.Answer.Save4, rec.Answer.Save6, rec.Answer.Sets, rec.Answer.Conntrack} {
		if text != "" {
			fmt.Fprint(out, visibleLines(text))
		}
	}
}
