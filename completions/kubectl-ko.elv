
set edit:completion:arg-completer[kubectl-ko] = { |@words|
    var index = (count $words)
    set index = (- $index 1)

    put (env _CLAP_IFS="\n" _CLAP_COMPLETE_INDEX=(to-string $index) KUBECTL_KO_COMPLETE="elvish" kubectl-ko -- $@words) | to-lines
}

