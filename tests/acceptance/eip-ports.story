# Ports of an EIP (docs/eip.md)
$ eip create shop --subnet external204 --ip 10.5.204.150
ovneip.kubeovn.io/shop created: 10.5.204.150 (<mac 1>) from subnet external204
$ eip bind shop pod/web-1 -n vpc1 --tcp 8080:80 --udp 53:53
ovndnatrule.kubeovn.io/shop-tcp-8080 created: tcp 10.5.204.150:8080 -> 192.168.0.2:80 (ip/web-1.vpc1)
ovndnatrule.kubeovn.io/shop-udp-53 created: udp 10.5.204.150:53 -> 192.168.0.2:53 (ip/web-1.vpc1)
$ nbctl lr-lb-list vpc1
UUID LB PROTO VIP IPs
<uuid 1> shop-tcp-8080 tcp 10.5.204.150:8080 192.168.0.2:80
<uuid 2> shop-udp-53 udp 10.5.204.150:53 192.168.0.2:53
$ nbctl --columns=name,protocol,vips,external_ids find Load_Balancer name=shop-tcp-8080
name : shop-tcp-8080
protocol : tcp
vips : {"10.5.204.150:8080"="192.168.0.2:80"}
external_ids : {vendor=kube-ovn}
$ dnat list
NAME KIND EIP PROTOCOL EXTERNAL INTERNAL TARGET ON READY
shop-tcp-8080 odnat shop tcp 10.5.204.150:8080 192.168.0.2:80 web-1.vpc1 vpc1 true
shop-udp-53 odnat shop udp 10.5.204.150:53 192.168.0.2:53 web-1.vpc1 vpc1 true
$ dnat show shop-tcp-8080
Name: shop-tcp-8080
Kind: OvnDnatRule (odnat)
EIP: shop (10.5.204.150)
External: 10.5.204.150
Port: tcp/8080 to 80
Target: ip/web-1.vpc1 (192.168.0.2, pod vpc1/web-1 on node-a)
Inside: 192.168.0.2
VPC: vpc1
Ready: true
Age: <age>
OVN:
  load balancer shop-tcp-8080 (tcp 10.5.204.150:8080 to 192.168.0.2:80) on router vpc1
  router port vpc1-external204 (10.5.204.101/24), 1 gateway chassis
  bound to node-a
$ eip bind shop pod/web-2 -n vpc1 --tcp 8080:80
2> error: odnat/shop-tcp-8080 has tcp port 8080 of oeip/shop already: it leads to ip/web-1.vpc1 port 80; nothing was written
2> hint: --reassign moves it: odnat/shop-tcp-8080 is deleted, and the rest of oeip/shop stays
2> hint: kubectl ko dnat delete shop-tcp-8080
[exit 6]
$ eip bind shop pod/web-2 -n vpc1 --tcp 8080:80 --reassign
ovndnatrule.kubeovn.io/shop-tcp-8080 deleted: it led to ip/web-1.vpc1 port 80
ovndnatrule.kubeovn.io/shop-tcp-8080 created: tcp 10.5.204.150:8080 -> 192.168.0.3:80 (ip/web-2.vpc1)
$ eip bind shop pod/web-2 -n vpc1 --tcp 99999:80
2> error: --tcp 99999:80 is no pair of ports; write EXTERNAL:INTERNAL, each from 1 to 65535, such as 8080:80
[exit 2]
$ eip show shop
Name: shop
Kind: OvnEip (oeip)
Type: nat
Subnet: external204
Address: 10.5.204.150
MAC: <mac 1>
Counted: dnat
Ready: true
Age: <age>
Users:
  odnat/shop-tcp-8080 points its tcp/8080 at web-2.vpc1 (192.168.0.3), port 80
  odnat/shop-udp-53 points its udp/53 at web-1.vpc1 (192.168.0.2), port 53
OVN:
  load balancer shop-tcp-8080 (tcp 10.5.204.150:8080 to 192.168.0.3:80)
  load balancer shop-udp-53 (udp 10.5.204.150:53 to 192.168.0.2:53)
$ nat list --vpc vpc1
NAME KIND EIP EXTERNAL PROTOCOL INTERNAL TARGET ON READY
shop oeip shop 10.5.204.150 <none> <none> <none> external204 true
vpc1-external204 oeip vpc1-external204 10.5.204.101 <none> <none> <none> external204 true
shop-tcp-8080 odnat shop 10.5.204.150:8080 tcp 192.168.0.3:80 web-2.vpc1 vpc1 true
shop-udp-53 odnat shop 10.5.204.150:53 udp 192.168.0.2:53 web-1.vpc1 vpc1 true
$ eip delete shop
2> error: oeip/shop is in use, nothing was deleted
2>   odnat/shop-tcp-8080: ip/web-2.vpc1 port 80
2>   odnat/shop-udp-53: ip/web-1.vpc1 port 53
2> hint: kubectl ko eip delete shop --with-rules deletes the rules first
2> hint: kubectl ko eip unbind shop --all keeps the EIP
[exit 1]
$ eip unbind shop pod/web-1 -n vpc1
ovndnatrule.kubeovn.io/shop-udp-53 deleted: it led to ip/web-1.vpc1 port 53
$ eip delete shop --with-rules
ovndnatrule.kubeovn.io/shop-tcp-8080 deleted
ovneip.kubeovn.io "shop" deleted
$ nbctl --columns=name,vips find Load_Balancer name=shop-tcp-8080
name : shop-tcp-8080
vips : {}
$ nbctl lr-lb-list vpc1
