complete --keep-order --exclusive --command kubectl-ko --arguments "(KUBECTL_KO_COMPLETE=fish kubectl-ko -- (commandline --current-process --tokenize --cut-at-cursor) (commandline --current-token))"
