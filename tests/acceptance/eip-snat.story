# What leaves (docs/eip.md, docs/documents.md)
$ eip bind out subnet/vpc1-subnet1 --create --subnet external204
ovneip.kubeovn.io/out created: <address 1> (<mac 1>) from subnet external204
ovnsnatrule.kubeovn.io/out-vpc1-subnet1 created: 192.168.0.0/24 in vpc/vpc1 leaves as <address 1>
$ eip bind own pod/vpc-1-busybox02 -n vpc1 --as snat --create --subnet external204
ovneip.kubeovn.io/own created: <address 2> (<mac 2>) from subnet external204
ovnsnatrule.kubeovn.io/own-vpc-1-busybox02.vpc1 created: <address 3> in vpc/vpc1 leaves as <address 2>
2> warning: KO447 in vpc vpc1 ovn-snat-rule/out-vpc1-subnet1 translates 192.168.0.0/24: this rule wins there
$ eip bind again subnet/vpc1-subnet1 --create --subnet external204
2> error: osnat/out-vpc1-subnet1 has the SNAT of subnet/vpc1-subnet1 already: it has it leave with oeip/out; nothing was written
2> hint: --reassign moves it: osnat/out-vpc1-subnet1 is deleted, and the rest of oeip/out stays
2> hint: kubectl ko snat delete out-vpc1-subnet1
[exit 6]
$ snat list
NAME KIND EIP EXTERNAL INTERNAL ON READY
out-vpc1-subnet1 osnat out <address 1> 192.168.0.0/24 vpc1 true
own-vpc-1-busybox02.vpc1 osnat own <address 2> <address 3> vpc1 true
$ snat show out-vpc1-subnet1
Name: out-vpc1-subnet1
Kind: OvnSnatRule (osnat)
EIP: out (<address 1>)
External: <address 1>
Target: subnet/vpc1-subnet1 (192.168.0.0/24)
Inside: 192.168.0.0/24
VPC: vpc1
Ready: true
Age: <age>
OVN:
  NAT snat <address 1> 192.168.0.0/24 on router vpc1
  router port vpc1-external204 (10.5.204.101/24), 1 gateway chassis
  bound to node-a
$ nbctl lr-nat-list vpc1
TYPE GATEWAY_PORT MATCH EXTERNAL_IP EXTERNAL_PORT LOGICAL_IP EXTERNAL_MAC LOGICAL_PORT
snat <address 1> 192.168.0.0/24
snat <address 2> <address 3>
$ nat list --target subnet/vpc1-subnet1
NAME KIND EIP EXTERNAL PROTOCOL INTERNAL TARGET ON READY
out oeip out <address 1> <none> <none> <none> external204 true
own oeip own <address 2> <none> <none> <none> external204 true
out-vpc1-subnet1 osnat out <address 1> <none> 192.168.0.0/24 <none> vpc1 true
own-vpc-1-busybox02.vpc1 osnat own <address 2> <none> <address 3> <none> vpc1 true
$ eip delete out own --with-rules
ovnsnatrule.kubeovn.io/out-vpc1-subnet1 deleted
ovneip.kubeovn.io "out" deleted
ovnsnatrule.kubeovn.io/own-vpc-1-busybox02.vpc1 deleted
ovneip.kubeovn.io "own" deleted
$ nat list
NAME KIND EIP EXTERNAL PROTOCOL INTERNAL TARGET ON READY
vpc1-external204 oeip vpc1-external204 10.5.204.101 <none> <none> <none> external204 true
