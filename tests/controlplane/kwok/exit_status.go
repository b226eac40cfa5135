package server

import (
	"errors"
	osexec "os/exec"
	"syscall"

	utilexec "k8s.io/utils/exec"
)

// exitStatus makes the exit code of a command known to the client, as a kubelet does (128 and the signal's number for one that a signal
// ended); kwok 0.8.0 turns it into an internal error.
func exitStatus(err error) error {
	var exit *osexec.ExitError
	if !errors.As(err, &exit) {
		return err
	}
	code := exit.ExitCode()
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		code = 128 + int(status.Signal())
	}
	return utilexec.CodeExitError{Err: err, Code: code}
}
