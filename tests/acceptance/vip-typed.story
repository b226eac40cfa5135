# Vips with a port of their own: the front end of a SwitchLBRule, the address of a VM (docs/vip.md)
$ vip create slr-01 --subnet ovn-default --type switch-lb
2> error: vip/slr-01 was refused, nothing was written
2>   KO205 error: a switch_lb_vip without a namespace: its logical port would be named "slr-01."
2> hint: name the namespace: -n NAMESPACE, or spec.namespace
[exit 6]
$ vip create slr-01 --subnet ovn-default --ip 10.16.0.110 -n default --type switch-lb
vip.kubeovn.io/slr-01 created: 10.16.0.110 (<mac 1>) in subnet ovn-default
$ nbctl --columns=name,type,options find Logical_Switch_Port name=slr-01.default
name : slr-01.default
type : ""
options : {arp_proxy="true"}
$ nbctl --columns=name,type,options find Logical_Switch_Port name=slr-01
name : slr-01
type : virtual
options : {virtual-ip="10.16.0.110"}
$ vip show slr-01
Name: slr-01
Kind: front end of a SwitchLBRule
Subnet: ovn-default (10.16.0.0/16)
Addresses: 10.16.0.110
MAC: <mac 1>
Namespace: default
Selector: <none>
Ready: true
Age: <age>
Users: <none>
OVN:
  port slr-01.default (<mac 1> 10.16.0.110)
  virtual port slr-01 (10.16.0.110)
  may be held by: <none>
  held now by: <none>
$ vip create vm-01 --subnet vpc1-subnet1 -n vpc1 --type host-vm
vip.kubeovn.io/vm-01 created: <address 1> (<mac 2>) in subnet vpc1-subnet1
$ vip show vm-01
Name: vm-01
Kind: address of a VM in a host-network pod
Subnet: vpc1-subnet1 (192.168.0.0/24)
Addresses: <address 1>
MAC: <mac 2>
Namespace: vpc1
Selector: <none>
Ready: true
Age: <age>
Users: <none>
OVN:
  port vm-01.vpc1 (<mac 2> <address 1>)
$ vip delete slr-01 vm-01
vip.kubeovn.io "slr-01" deleted
vip.kubeovn.io "vm-01" deleted
$ nbctl --columns=name find Logical_Switch_Port name=vm-01.vpc1
