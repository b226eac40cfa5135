# Of a list of pods: every OVN interface as NODE, POD.NAMESPACE, DEVICE, MAC, ADDRESS/BITS,…, GATEWAY,… ("-": none), LOGICAL PORT. The port
# of a VM's pod is named like the VM.
def addresses($a; $p): [($a[$p + "/ip_address"] | split(",")), ($a[$p + "/cidr"] | split(","))] | transpose | map(.[0] + "/" + (.[1] | split("/")[1])) | join(",");
.items[]
| select(.spec.hostNetwork | not)
| select(.spec.nodeName == "node-a" or .spec.nodeName == "node-b")
| .spec.nodeName as $node | (.metadata.name + "." + .metadata.namespace) as $pod | .metadata.annotations as $a
| (first(.metadata.ownerReferences[]? | select(.kind == "VirtualMachineInstance") | .name) // .metadata.name) as $name
| ($name + "." + .metadata.namespace) as $port
| select($a["ovn.kubernetes.io/ip_address"] and $a["ovn.kubernetes.io/mac_address"])
| ([$node, $pod, "eth0", $a["ovn.kubernetes.io/mac_address"], addresses($a; "ovn.kubernetes.io"), ($a["ovn.kubernetes.io/gateway"] // "-"), $port],
   ([$a | to_entries[] | select(.key | endswith(".ovn.kubernetes.io/ip_address")) | .key | rtrimstr("/ip_address")] | to_entries[]
    | .value as $p | select($a[$p + "/mac_address"])
    | [$node, $pod, "net" + (.key + 1 | tostring), $a[$p + "/mac_address"], addresses($a; $p), "-", $port + "." + ($p | rtrimstr(".kubernetes.io"))]))
| @tsv
