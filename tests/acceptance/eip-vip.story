# Kube-OVN's document on EIPs: a FIP and a DNAT of a Vip (docs/documents.md)
$ vip create test-fip-vip --subnet vpc1-subnet1
vip.kubeovn.io/test-fip-vip created: <address 1> (<mac 1>) in subnet vpc1-subnet1
$ eip bind eip-for-vip vip/test-fip-vip --create --subnet external204
ovneip.kubeovn.io/eip-for-vip created: <address 2> (<mac 2>) from subnet external204
ovnfip.kubeovn.io/eip-for-vip created: <address 2> <-> <address 1> (vip/test-fip-vip)
$ eip create eip-dnat --subnet external204
ovneip.kubeovn.io/eip-dnat created: <address 3> (<mac 3>) from subnet external204
$ eip bind eip-dnat pod/vpc-1-busybox01 -n vpc1 --tcp 22:22
ovndnatrule.kubeovn.io/eip-dnat-tcp-22 created: tcp <address 3>:22 -> <address 4>:22 (ip/vpc-1-busybox01.vpc1)
$ vip create test-dnat-vip --subnet vpc1-subnet1
vip.kubeovn.io/test-dnat-vip created: <address 5> (<mac 4>) in subnet vpc1-subnet1
$ eip bind eip-dnat vip/test-dnat-vip --tcp 22:22
2> error: odnat/eip-dnat-tcp-22 has tcp port 22 of oeip/eip-dnat already: it leads to ip/vpc-1-busybox01.vpc1 port 22; nothing was written
2> hint: --reassign moves it: odnat/eip-dnat-tcp-22 is deleted, and the rest of oeip/eip-dnat stays
2> hint: kubectl ko dnat delete eip-dnat-tcp-22
[exit 6]
$ eip bind eip-dnat vip/test-dnat-vip --tcp 22:22 --reassign
ovndnatrule.kubeovn.io/eip-dnat-tcp-22 deleted: it led to ip/vpc-1-busybox01.vpc1 port 22
ovndnatrule.kubeovn.io/eip-dnat-tcp-22 created: tcp <address 3>:22 -> <address 5>:22 (vip/test-dnat-vip)
$ vip show test-dnat-vip
Name: test-dnat-vip
Kind: reserved address
Subnet: vpc1-subnet1 (192.168.0.0/24)
Addresses: <address 5>
MAC: <mac 4>
Namespace: <none>
Selector: <none>
Ready: true
Age: <age>
Users:
  ovn-dnat-rule/eip-dnat-tcp-22 points a port of eip-dnat at it
OVN: <none>
$ nat list
NAME KIND EIP EXTERNAL PROTOCOL INTERNAL TARGET ON READY
eip-dnat oeip eip-dnat <address 3> <none> <none> <none> external204 true
eip-for-vip oeip eip-for-vip <address 2> <none> <none> <none> external204 true
vpc1-external204 oeip vpc1-external204 10.5.204.101 <none> <none> <none> external204 true
eip-for-vip ofip eip-for-vip <address 2> <none> <address 1> test-fip-vip vpc1 true
eip-dnat-tcp-22 odnat eip-dnat <address 3>:22 tcp <address 5>:22 test-dnat-vip vpc1 true
$ eip delete eip-for-vip eip-dnat --with-rules
ovnfip.kubeovn.io/eip-for-vip deleted
ovneip.kubeovn.io "eip-for-vip" deleted
ovndnatrule.kubeovn.io/eip-dnat-tcp-22 deleted
ovneip.kubeovn.io "eip-dnat" deleted
$ vip delete test-fip-vip test-dnat-vip
vip.kubeovn.io "test-fip-vip" deleted
vip.kubeovn.io "test-dnat-vip" deleted
