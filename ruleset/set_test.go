package ruleset

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func setsOf(f *File) string {
	var b []byte
	for _, s := range f.Sets {
		b = s.AppendSave(b)
	}
	return string(b)
}

func TestSets(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"save", "create a hash:ip family inet hashsize 1024 maxelem 65536 timeout 100 counters comment bucketsize 12 initval 0xf2b1cd09\n" +
			"add a 1.2.3.5 timeout 0 packets 3 bytes 4 comment \"x y\"\nadd a 10.0.0.0/8 nomatch\ncreate d list:set size 4\nadd d a\n",
			"create a hash:ip family inet hashsize 1024 maxelem 65536 timeout 100 counters comment\n" +
				"add a 1.2.3.5 timeout 0 packets 3 bytes 4 comment \"x y\"\nadd a 10.0.0.0/8 nomatch\ncreate d list:set size 4\nadd d a\n"},
		{"list", "Name: b\nType: hash:net,iface\nRevision: 8\nHeader: family inet6 hashsize 1024 maxelem 65536 skbinfo bucketsize 12 initval 0xc0715480\n" +
			"Size in memory: 1552\nReferences: 0\nNumber of entries: 2\nMembers:\nfe80::/10,eth0 nomatch\n::/0,physdev:eth1 skbmark 0x1/0xff skbprio 1:2\n\n" +
			"Name: c\nType: bitmap:port\nRevision: 3\nHeader: range 0-1000\nSize in memory: 200\nReferences: 1\nNumber of entries: 1\nMembers:\n5\n",
			"create b hash:net,iface family inet6 hashsize 1024 maxelem 65536 skbinfo\nadd b fe80::/10,eth0 nomatch\n" +
				"add b ::/0,physdev:eth1 skbmark 0x1/0xff skbprio 1:2\ncreate c bitmap:port range 0-1000\nadd c 5\n"},
		{"commands", "ipset -N a iphash --hashsize 64\nsudo ipset add a 1.2.3.4\nipset -exist add a 1.2.3.4 \nipset add a 1.2.3.5\nipset del a 1.2.3.4\n" +
			"ipset create b hash:net\nipset swap a b\nipset rename a c\nipset flush b\niptables -A INPUT -m set --match-set c src -j DROP\n",
			"create b hash:ip family inet hashsize 64\ncreate c hash:net family inet\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, err := Parse("f", []byte(tt.in))
			if err != nil {
				t.Error(err)
			}
			if d := cmp.Diff(tt.want, setsOf(f)); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
			again, err := Parse("f", []byte(setsOf(f)))
			if err != nil || setsOf(again) != setsOf(f) {
				t.Errorf("printed sets read back differ: %v", err)
			}
		})
	}
}

func TestSetErrors(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"ipset create a hash:ipp\n", `f:1:16: unknown type of set "hash:ipp" (did you mean "hash:ip"?)`},
		{"ipset crate a hash:ip\n", `f:1:7: unknown command "crate" of ipset (did you mean "create"?)`},
		{"ipset create a hash:ip\nipset create a hash:ip\n", `f:2:14: set "a" exists already`},
		{"ipset create abc hash:ip\nipset add abd 1.2.3.4\n", `f:2:11: set "abd" does not exist (did you mean "abc"?)`},
		{"create a hash:ip\nadd a 1.2.3.4\nadd a 1.2.3.4\n", `f:3:7: entry "1.2.3.4" is already in set "a"`},
		{"ipset create a hash:ip\nipset del a 1.2.3.4\n", `f:2:13: entry "1.2.3.4" is not in set "a"`},
		{"create a hash:ip timeout x\n", `f:1:18: option "timeout" requires a number, not "x"`},
		{"create a hash:ip\nadd a 1.2.3.4 timout 5\n", `f:2:15: unknown option "timout" of an entry (did you mean "timeout"?)`},
		{"ipset create a12345678901234567890123456789012 hash:ip\n", `f:1:14: name of a set "a12345678901234567890123456789012" is too long (33 bytes, at most 31)`},
	} {
		_, err := Parse("f", []byte(tt.in))
		if got := fmt.Sprint(err); got != tt.want {
			t.Errorf("%q:\n got %s\nwant %s", tt.in, got, tt.want)
		}
	}
}
