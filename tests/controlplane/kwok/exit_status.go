package server

import (
	"errors"
	osexec "os/exec"

	utilexec "k8s.io/utils/exec"
)

// exitStatus makes the exit code of a command known to the client, as a kubelet does; kwok 0.8.0 turns it into an internal error.
func exitStatus(err error) error {
	var exit *osexec.ExitError
	if errors.As(err, &exit) && exit.Exited() {
		return utilexec.CodeExitError{Err: err, Code: exit.ExitCode()}
	}
	return err
}
