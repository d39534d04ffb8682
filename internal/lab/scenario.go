package lab

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// ScenariosEnv is the environment variable with the directory of scenarios: scripts that call
// the functions of lib.sh, which is beside the directory.
const ScenariosEnv = "OVNWALK_SCENARIOS"

// Scenarios returns the scripts of the directory in [ScenariosEnv], sorted, or none if it is
// not set.
func Scenarios() ([]string, error) {
	dir := os.Getenv(ScenariosEnv)
	if dir == "" {
		return nil, nil
	}
	found, err := filepath.Glob(filepath.Join(dir, "*.sh"))
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%s=%s: no scenario in it", ScenariosEnv, dir)
	}
	return found, err
}

// RunScenario runs a scenario's script on the control plane and waits for northd.
func (p *ControlPlane) RunScenario(ctx context.Context, script string) error {
	lib := filepath.Join(filepath.Dir(script), "..", "lib.sh")
	for _, args := range [][]string{
		{"env", "D=" + p.Dir(), "NBCTL=" + ToolPath("ovn-nbctl"), "SBCTL=" + ToolPath("ovn-sbctl"), "bash", "-e", "-c", `. "$0"; . "$1"`, lib, script},
		{"ovn-nbctl", "--db=unix:" + p.Path("nb.sock"), "--timeout=60", "--wait=sb", "sync"},
	} {
		if _, err := p.Run(ctx, args[0], args[1:]...); err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(script), err)
		}
	}
	return nil
}
