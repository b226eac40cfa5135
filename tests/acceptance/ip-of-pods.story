# Addresses of pods that are there, and of a StatefulSet's (docs/ip.md)
$ ip show pod/web-1 -n vpc1
Name: web-1.vpc1
Kind: address of a pod
For: pod vpc1/web-1
Subnet: vpc1-subnet1 (192.168.0.0/24)
Addresses: 192.168.0.2
MAC: <mac 1>
Ready: true
Age: <age>
Held by: pod vpc1/web-1 on node-a
Kept when:
  its pod goes: no: it is the pod's own
  the controller restarts: yes: pod vpc1/web-1 is there
Users: <none>
OVN: port web-1.vpc1 (<mac 1> 192.168.0.2)
$ ip reserve pod/busybox
ip.kubeovn.io/busybox.default reserved: 10.16.0.2 (<mac 2>) in subnet ovn-default
2> warning: KO307 podType is empty: it lasts only as long as pod default/busybox is there whenever kube-ovn-controller restarts
2> hint: what lasts: an IPPool that the pod names (ovn.kubernetes.io/ip_pool), a Vip that it takes (ovn.kubernetes.io/vip), or excludeIps of the subnet and the pod's annotation ovn.kubernetes.io/ip_address
$ ip show pod/busybox
Name: busybox.default
Kind: reserved address of a pod
For: pod default/busybox
Subnet: ovn-default (10.16.0.0/16)
Addresses: 10.16.0.2
MAC: <mac 2>
Ready: true
Age: <age>
Held by: pod default/busybox on node-a
Kept when:
  its pod goes: yes: it is reserved
  the controller restarts: yes: pod default/busybox is there
Users: <none>
OVN: port busybox.default (<mac 2> 10.16.0.2)
$ ip release pod/busybox
2> error: ip/busybox.default is in use, nothing was released: pod default/busybox runs with 10.16.0.2
2> hint: kubectl ko ip release ip/busybox.default --force takes the mark off: its pod keeps the address, until it goes
[exit 1]
$ ip release pod/busybox --force
ip.kubeovn.io/busybox.default released: its pod keeps the address, until it goes
$ ip reserve sts/db-5 -n vpc1 --ip 192.168.0.85
ip.kubeovn.io/db-5.vpc1 reserved: 192.168.0.85 (<mac 3>) in subnet vpc1-subnet1
$ ip reserve pod/multi-0@default/attachnet -n vpc1
ip.kubeovn.io/multi-0.vpc1.attachnet.default.ovn reserved: 172.18.0.2 (<mac 4>) in subnet attach-net
2> warning: KO307 podType is empty: it lasts only as long as pod vpc1/multi-0 is there whenever kube-ovn-controller restarts
2> hint: what lasts: an IPPool that the pod names (ovn.kubernetes.io/ip_pool), a Vip that it takes (ovn.kubernetes.io/vip), or excludeIps of the subnet and the pod's annotation ovn.kubernetes.io/ip_address
$ ip release pod/multi-0@default/attachnet -n vpc1 --force
ip.kubeovn.io/multi-0.vpc1.attachnet.default.ovn released: its pod keeps the address, until it goes
$ ip list --reserved
NAME V4IP V6IP MAC NODE SUBNET RESERVED
db-5.vpc1 192.168.0.85 <none> <mac 3> <none> vpc1-subnet1 true
$ ip release sts/db-5 -n vpc1
ip.kubeovn.io/db-5.vpc1 released
$ ip list web-1.vpc1 web-2.vpc1
NAME V4IP V6IP MAC NODE SUBNET RESERVED
web-1.vpc1 192.168.0.2 <none> <mac 1> node-a vpc1-subnet1 false
web-2.vpc1 192.168.0.3 <none> <mac 5> node-a vpc1-subnet1 false
$ ip show pod/nobody -n vpc1
2> Error from server (NotFound): ips.kubeovn.io "nobody.vpc1" not found
2> hint: kubectl ko ip list
[exit 1]
