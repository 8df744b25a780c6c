package evidence

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"nfwhy/capture"
)

// Every kernel log line of real logs is found, and none is made of two.
func TestLogsOfData(t *testing.T) {
	files := 0
	for _, sub := range []string{"logs-misc", "psad", "crowdsec-hub", "elastic-integrations", "qa"} {
		err := filepath.Walk(data(t, sub), func(path string, st os.FileInfo, err error) error {
			if err != nil || st.IsDir() {
				return err
			}
			files++
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			logsOf(t, path, text)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if files < 40 {
		t.Errorf("only %d files", files)
	}
}

func logsOf(t *testing.T, path string, text []byte) {
	if capture.Sniff(text).Compressed() {
		r, err := capture.Decompress(path, bytes.NewReader(text))
		if err != nil {
			t.Error(err)
			return
		}
		defer r.Close()
		if text, err = io.ReadAll(r); err != nil {
			t.Error(err)
		}
	}
	e, err := Options{MaxLogs: 1 << 20}.Read(Input{Name: path, R: bytes.NewReader(text)})
	if err != nil {
		t.Error(err)
		return
	}
	got := map[string]bool{}
	for i := range e.Logs {
		got[e.Logs[i].Text] = true
	}
	for i := range e.Traces {
		got[e.Traces[i].Text] = true
	}
	sc := bufio.NewScanner(bytes.NewReader(text))
	sc.Buffer(nil, 1<<20)
	for no := 1; sc.Scan(); no++ {
		s := strings.TrimSuffix(sc.Text(), "\r")
		if strings.Contains(s, "IN=") && strings.Contains(s, "SRC=") && strings.Contains(s, "DST=") && !got[withoutMarkup(s)] {
			t.Errorf("%s:%d: not found: %s", path, no, s)
		}
	}
}
