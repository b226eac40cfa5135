# Of a list of objects: the names of the logical switch ports that they should have.
.items[]
| select(.metadata.annotations["controlplane/ready"] != "never")
| if .kind == "Vip" and (.spec.namespace // "") != "" then
    (if .spec.type == "kube_host_vm_vip" or .spec.type == "switch_lb_vip" then .metadata.name + "." + .spec.namespace else .metadata.name end)
  elif .kind == "Pod" and (.spec.hostNetwork | not) then .metadata.name + "." + .metadata.namespace
  else empty end
