package lab

import (
	"fmt"
	"os"
	"strings"
)

// setSysctl writes a setting of the calling thread's namespace by its dotted
// name. A name with slashes is taken as a path, for links with dots in their name.
func setSysctl(key, value string) error {
	path := key
	if !strings.Contains(key, "/") {
		path = strings.ReplaceAll(key, ".", "/")
	}
	if strings.Contains("/"+path+"/", "/../") {
		return fmt.Errorf("sysctl %q (expected a dotted name)", key)
	}
	f, err := os.OpenFile("/proc/sys/"+path, os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("sysctl %q: %w", key, err)
	}
	defer f.Close()
	if _, err := f.WriteString(value); err != nil {
		return fmt.Errorf("sysctl %q to %q: %w", key, value, err)
	}
	return nil
}

// baseSysctls sets what every scenario starts from.
func (n *network) baseSysctls() error {
	for _, s := range (&Scenario{}).allSysctls() {
		if err := setOptional(s.Key, s.Value); err != nil {
			return err
		}
	}
	return nil
}

// setOptional sets what kernels may lack or not have per namespace.
func setOptional(key, value string) error {
	err := setSysctl(key, value)
	if err != nil && (os.IsNotExist(err) || os.IsPermission(err)) || strings.Contains(fmt.Sprint(err), "no such file") {
		return nil
	}
	return err
}
