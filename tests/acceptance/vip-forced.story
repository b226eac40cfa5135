# A Vip that is deleted under a FIP
$ vip create inner --subnet vpc1-subnet1
vip.kubeovn.io/inner created: <address 1> (<mac 1>) in subnet vpc1-subnet1
$ eip bind outer vip/inner --create --subnet external204
ovneip.kubeovn.io/outer created: <address 2> (<mac 2>) from subnet external204
ovnfip.kubeovn.io/outer created: <address 2> <-> <address 1> (vip/inner)
$ vip delete inner
2> error: vip/inner is in use, nothing was deleted:
2>   ovn-fip/outer points outer at it
2> hint: kubectl ko vip detach inner --all takes it from the pods that may hold it
2> hint: kubectl ko vip delete inner --force deletes it all the same: what uses it keeps an address that others may get
[exit 1]
$ vip delete inner --force
vip.kubeovn.io "inner" deleted
$ fip show outer
Name: outer
Kind: OvnFip (ofip)
EIP: outer (<address 2>)
External: <address 2>
Target: vip/inner (which does not exist)
Inside: <address 1>
VPC: vpc1
Ready: true
Age: <age>
OVN:
  NAT dnat_and_snat <address 2> <address 1> (port inner, MAC of the router) on router vpc1
  router port vpc1-external204 (10.5.204.101/24), 1 gateway chassis
  bound to node-a
Problems:
  KO486 error: vip/inner is gone: ofip/outer still leads to its address, whoever has it next
    hint: kubectl ko fip delete outer
$ eip delete outer --with-rules
ovnfip.kubeovn.io/outer deleted
ovneip.kubeovn.io "outer" deleted
