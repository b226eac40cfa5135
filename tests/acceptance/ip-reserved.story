# Kube-OVN's document on reserved IPs (docs/ip.md)
$ ip reserve vm/vm-dynamic-01 --subnet ovn-default
ip.kubeovn.io/vm-dynamic-01.default reserved: <address 1> (<mac 1>) in subnet ovn-default
2> warning: KO307 it lasts until kube-ovn-controller restarts: there is no VM default/vm-dynamic-01: garbage collection deletes the IP at a start (it is off now: --gc-interval=0)
2> hint: make VM default/vm-dynamic-01 before the controller restarts
2> note: KO315 deleting VM default/vm-dynamic-01 deletes the reservation as well
$ ip release vm/vm-dynamic-01
ip.kubeovn.io/vm-dynamic-01.default released
$ ip reserve pod/pod-static-01 --subnet ovn-default --ip 10.16.0.33
ip.kubeovn.io/pod-static-01.default reserved: 10.16.0.33 (<mac 2>) in subnet ovn-default
2> warning: KO307 it lasts until kube-ovn-controller restarts: podType is empty and pod default/pod-static-01 is not there: its address is free again, and garbage collection deletes the IP at a start (it is off now: --gc-interval=0)
2> hint: what lasts: an IPPool that the pod names (ovn.kubernetes.io/ip_pool), a Vip that it takes (ovn.kubernetes.io/vip), or excludeIps of the subnet and the pod's annotation ovn.kubernetes.io/ip_address
$ ip reserve pod/pod-static-01 --subnet ovn-default --ip 10.16.0.33
ip.kubeovn.io/pod-static-01.default unchanged: 10.16.0.33 (<mac 2>) in subnet ovn-default
$ ip reserve pod/pod-static-01 --subnet ovn-default --ip 10.16.0.34
2> error: ip/pod-static-01.default is there already and differs, nothing was written
2>   KO305 v4IpAddress is 10.16.0.33, asked for is 10.16.0.34
2> hint: kubectl ko ip show ip/pod-static-01.default
2> hint: kubectl ko ip release ip/pod-static-01.default, then reserve it anew
[exit 6]
$ ip reserve pod/pod-static-02 --subnet ovn-default --ip 10.16.0.33
2> error: ip/pod-static-02.default was refused, nothing was written
2>   KO106 error: v4IpAddress 10.16.0.33 is held by the reservation ip/pod-static-01.default in subnet ovn-default
2> hint: leave the address out and get a free one, or choose another
[exit 6]
$ ip reserve pod/pod-static-02 --subnet ovn-default --ip 10.16.0.1
2> error: ip/pod-static-02.default was refused, nothing was written
2>   KO105 error: v4IpAddress 10.16.0.1 is the gateway of subnet ovn-default; the controller would give it out all the same, and the subnet would lose its gateway
2> hint: choose another address, or leave it out and get a free one
[exit 6]
$ ip reserve pod/pod-static-02 --subnet ovn-default --ip 10.16.0.2
2> error: ip/pod-static-02.default was refused, nothing was written
2>   KO106 error: v4IpAddress 10.16.0.2 is held by ip/busybox.default in subnet ovn-default
2> hint: leave the address out and get a free one, or choose another
[exit 6]
$ ip show pod/pod-static-01
Name: pod-static-01.default
Kind: reserved address of a pod
For: pod default/pod-static-01
Subnet: ovn-default (10.16.0.0/16)
Addresses: 10.16.0.33
MAC: <mac 2>
Ready: true
Age: <age>
Held by: nobody now
Kept when:
  its pod goes: yes: it is reserved
  the controller restarts: no: podType is empty and pod default/pod-static-01 is not there: its address is free again, and garbage collection deletes the IP at a start (it is off now: --gc-interval=0)
Users: <none>
OVN: <none>
$ ip list --reserved
NAME V4IP V6IP MAC NODE SUBNET RESERVED
pod-static-01.default 10.16.0.33 <none> <mac 2> <none> ovn-default true
$ ip list pod-static-01.default -o yaml
apiVersion: kubeovn.io/v1
kind: IP
metadata:
  creationTimestamp: "<time>"
  finalizers:
  - kubeovn.io/kube-ovn-controller
  generation: 2
  labels:
    ovn.kubernetes.io/ip_reserved: "true"
  name: pod-static-01.default
  resourceVersion: <number>
  uid: <uuid 1>
spec:
  attachIps: []
  attachMacs: []
  attachSubnets: []
  containerID: ""
  ipAddress: "10.16.0.33"
  macAddress: <mac 2>
  namespace: default
  nodeName: ""
  podName: pod-static-01
  podType: ""
  subnet: ovn-default
  v4IpAddress: "10.16.0.33"
  v6IpAddress: ""
$ vip create twin --subnet ovn-default --ip 10.16.0.33
2> error: vip/twin was refused, nothing was written
2>   KO106 error: v4ip 10.16.0.33 is held by the reservation ip/pod-static-01.default in subnet ovn-default
2> hint: leave the address out and get a free one, or choose another
[exit 6]
$ ip release pod-static-01.default
ip.kubeovn.io/pod-static-01.default released
$ ip list --reserved
2> No resources found.
