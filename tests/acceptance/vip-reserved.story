# Kube-OVN's document on Vips: addresses kept out of use (docs/vip.md)
$ vip create vip-dynamic-01 --subnet ovn-default
vip.kubeovn.io/vip-dynamic-01 created: <address 1> (<mac 1>) in subnet ovn-default
$ vip create static-vip01 --subnet ovn-default --ip 10.16.0.121
vip.kubeovn.io/static-vip01 created: 10.16.0.121 (<mac 2>) in subnet ovn-default
$ vip create static-vip01 --subnet ovn-default --ip 10.16.0.121
vip.kubeovn.io/static-vip01 unchanged: 10.16.0.121 (<mac 2>) in subnet ovn-default
$ vip create static-vip01 --subnet ovn-default --ip 10.16.0.122
2> error: vip/static-vip01 is there already and differs, nothing was written
2>   KO212 v4ip is 10.16.0.121, asked for is 10.16.0.122
2> hint: kubectl ko vip show static-vip01
2> hint: choose another name, or delete it and create it anew
[exit 6]
$ vip create taken --subnet ovn-default --ip 10.16.0.121
2> error: vip/taken was refused, nothing was written
2>   KO106 error: v4ip 10.16.0.121 is held by vip/static-vip01 in subnet ovn-default
2> hint: leave the address out and get a free one, or choose another
[exit 6]
$ vip list
NAME NAMESPACE V4IP V6IP MAC SUBNET TYPE READY
static-vip01 <none> 10.16.0.121 <none> <mac 2> ovn-default <none> true
vip-dynamic-01 <none> <address 1> <none> <mac 1> ovn-default <none> true
$ vip list static-vip01 -o wide
NAME NAMESPACE V4IP V6IP MAC SUBNET TYPE READY LENT-TO SELECTOR
static-vip01 <none> 10.16.0.121 <none> <mac 2> ovn-default <none> true <none> <none>
$ vip show static-vip01
Name: static-vip01
Kind: reserved address
Subnet: ovn-default (10.16.0.0/16)
Addresses: 10.16.0.121
MAC: <mac 2>
Namespace: <none>
Selector: <none>
Ready: true
Age: <age>
Users: <none>
OVN: <none>
$ vip show static-vip01 -o yaml
apiVersion: ko.kubeovn.io/v1alpha1
kind: VipReport
metadata:
  name: static-vip01
ovn:
  holder: null
  typedPort: null
  virtualParents: []
  virtualPort: null
problems: []
ready: true
users: []
vip:
  apiVersion: kubeovn.io/v1
  kind: Vip
  metadata:
    creationTimestamp: "<time>"
    finalizers:
    - kubeovn.io/kube-ovn-controller
    generation: 2
    labels:
      ovn.kubernetes.io/ip_reserved: ""
      ovn.kubernetes.io/subnet: ovn-default
    name: static-vip01
    resourceVersion: <number>
    uid: <uuid 1>
  spec:
    macAddress: <mac 2>
    namespace: ""
    subnet: ovn-default
    type: ""
    v4ip: "10.16.0.121"
    v6ip: ""
  status:
    mac: <mac 2>
    type: ""
    v4ip: "10.16.0.121"
    v6ip: ""
$ vip delete vip-dynamic-01 static-vip01
vip.kubeovn.io "vip-dynamic-01" deleted
vip.kubeovn.io "static-vip01" deleted
$ vip list
2> No resources found.
