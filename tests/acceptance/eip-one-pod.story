# One address for one pod (docs/eip.md)
$ eip create shop --subnet external204
ovneip.kubeovn.io/shop created: <address 1> (<mac 1>) from subnet external204
$ eip bind shop pod/web-1 -n vpc1
ovnfip.kubeovn.io/shop created: <address 1> <-> 192.168.0.2 (ip/web-1.vpc1)
$ eip bind shop pod/web-1 -n vpc1
ovnfip.kubeovn.io/shop unchanged: <address 1> <-> 192.168.0.2 (ip/web-1.vpc1)
$ nbctl lr-nat-list vpc1
TYPE GATEWAY_PORT MATCH EXTERNAL_IP EXTERNAL_PORT LOGICAL_IP EXTERNAL_MAC LOGICAL_PORT
dnat_and_snat <address 1> 192.168.0.2 <mac 2> web-1.vpc1
$ nbctl --columns=type,external_ip,logical_ip,logical_port,external_mac,options find NAT external_ip!=1.1.1.1
type : dnat_and_snat
external_ip : "<address 1>"
logical_ip : "192.168.0.2"
logical_port : web-1.vpc1
external_mac : "<mac 2>"
options : {stateless="false"}
$ fip show shop
Name: shop
Kind: OvnFip (ofip)
EIP: shop (<address 1>)
External: <address 1>
Target: ip/web-1.vpc1 (192.168.0.2, pod vpc1/web-1 on node-a)
Inside: 192.168.0.2
VPC: vpc1
Ready: true
Age: <age>
OVN:
  NAT dnat_and_snat <address 1> 192.168.0.2 (port web-1.vpc1, MAC <mac 2>) on router vpc1
  router port vpc1-external204 (10.5.204.101/24), 1 gateway chassis
  bound to node-a
$ eip show shop
Name: shop
Kind: OvnEip (oeip)
Type: nat
Subnet: external204
Address: <address 1>
MAC: <mac 1>
Counted: fip
Ready: true
Age: <age>
Users:
  ofip/shop points it at web-1.vpc1 (192.168.0.2)
OVN:
  NAT dnat_and_snat <address 1> 192.168.0.2 (port web-1.vpc1, MAC <mac 2>) on router vpc1
$ eip bind shop pod/web-2 -n vpc1
2> error: ofip/shop has oeip/shop already: it leads to ip/web-1.vpc1; nothing was written
2> hint: --reassign moves it: ofip/shop is deleted, and the rest of oeip/shop stays
2> hint: kubectl ko fip delete shop
[exit 6]
$ eip bind shop pod/web-2 -n vpc1 --reassign
ovnfip.kubeovn.io/shop deleted: it led to ip/web-1.vpc1
ovnfip.kubeovn.io/shop created: <address 1> <-> 192.168.0.3 (ip/web-2.vpc1)
2> warning: <address 1> answers with <mac 3> now, and with <mac 2> before: who spoke to it from outside reaches it again when the entry in its ARP table has aged
$ fip list
NAME KIND EIP EXTERNAL INTERNAL TARGET ON READY
shop ofip shop <address 1> 192.168.0.3 web-2.vpc1 vpc1 true
$ eip unbind shop
ovnfip.kubeovn.io/shop deleted: it led to ip/web-2.vpc1
$ nbctl lr-nat-list vpc1
$ eip delete shop
ovneip.kubeovn.io "shop" deleted
$ eip list
NAME KIND V4IP MAC TYPE NAT ON READY
vpc1-external204 oeip 10.5.204.101 <mac 4> lrp <none> external204 true
