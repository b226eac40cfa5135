# What the controller says of a Vip that it gives no address is quoted (docs/kube-ovn-behaviour.md)
$ vip create far --subnet vpc1-subnet1 --ip 10.9.9.9 --ignore KO103,KO104
2> warning: KO103 v4ip 10.9.9.9 is outside subnet vpc1-subnet1 (192.168.0.0/24)
2> error: vip/far was written, but gets no address: the address is not one that subnet vpc1-subnet1 can give
2>   kube-ovn-controller: AddressOutOfRange
2> hint: kubectl ko vip delete far, then create it with another address
[exit 5]
$ vip show far
Name: far
Kind: reserved address
Subnet: vpc1-subnet1 (192.168.0.0/24)
Addresses: <none>
MAC: <none>
Namespace: <none>
Selector: <none>
Ready: false
Age: <age>
Users: <none>
OVN: <none>
Problems:
  KO225 error: vip/far has no address
    hint: kubectl ko vip create far --subnet vpc1-subnet1 --ip 10.9.9.9 waits for it, and says why the controller does not give one
$ vip delete far
vip.kubeovn.io "far" deleted
$ vip create same --subnet vpc1-subnet1 --ip 192.168.0.2 --ignore KO106
2> warning: KO106 v4ip 192.168.0.2 is held by ip/web-1.vpc1 in subnet vpc1-subnet1
2> error: vip/same was written, but gets no address: the address, or the MAC, is in use in subnet vpc1-subnet1: somebody took it first
2>   kube-ovn-controller: AddressConflict
2> hint: kubectl ko vip delete same, then create it with another address
[exit 5]
$ vip delete same
vip.kubeovn.io "same" deleted
$ vip create lost --subnet nowhere --ignore KO115
2> warning: KO115 there is no subnet "nowhere"
2> error: vip/lost was written, but gets no address: something it needs is not there: subnet.kubeovn.io "nowhere" not found
2>   kube-ovn-controller: subnet.kubeovn.io "nowhere" not found
2> hint: kubectl get subnet nowhere
[exit 5]
$ vip list lost
NAME NAMESPACE V4IP V6IP MAC SUBNET TYPE READY
lost <none> <none> <none> <none> nowhere <none> false
$ vip delete lost
vip.kubeovn.io "lost" deleted
$ vip create front --subnet external204 -n default --type switch-lb --ignore KO206
2> warning: KO206 subnet external204 is an underlay network (vlan vlan204) without a router port, which a switch_lb_vip needs; the controller would keep the address and never be ready
2> error: vip/front was written, but gets no address: something it needs is not there: get logical router port ovn-cluster-external204: object not found
2>   kube-ovn-controller: get logical router port ovn-cluster-external204: object not found
2> hint: kubectl get subnet external204
[exit 5]
$ vip delete front
vip.kubeovn.io "front" deleted
