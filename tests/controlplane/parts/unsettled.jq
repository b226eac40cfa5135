# Of a list of objects: those that are not ready, as the controller says it for each kind.
def condition($type): any(.status.conditions[]?; .type == $type and .status == "True");
.items[]
| select(.metadata.annotations["controlplane/ready"] != "never")
| select(
    if .kind == "Vip" then (.status.mac // "") != "" and ((.status.v4ip // "") + (.status.v6ip // "")) != ""
    elif .kind == "IP" then (.metadata.finalizers // []) != [] and (.spec.ipAddress // "") != ""
    elif (.kind | test("^Ovn|^ProviderNetwork$")) then .status.ready == true
    elif .kind == "Subnet" or .kind == "IPPool" then condition("Ready") and (condition("Error") | not)
    elif .kind == "Vpc" then .status.standby == true
    elif .kind == "Pod" then condition("Ready")
    elif .kind == "Deployment" or .kind == "StatefulSet" then (.status.readyReplicas // 0) == .spec.replicas
    else true end
    | not)
| .kind + "/" + .metadata.name
