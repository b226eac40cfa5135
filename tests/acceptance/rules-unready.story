# What the controller says of an EIP that it gives no address is quoted, and nothing is bound to one
$ eip create bad --subnet external204 --ip 10.9.9.9 --ignore KO103
2> warning: KO103 v4Ip 10.9.9.9 is outside subnet external204 (10.5.204.0/24)
2> error: oeip/bad was written, but gets no address: the address is not one that subnet external204 can give
2>   kube-ovn-controller: AddressOutOfRange
2> hint: kubectl ko eip delete bad, then create it with another address
[exit 5]
$ eip show bad
Name: bad
Kind: OvnEip (oeip)
Type: nat
Subnet: external204
Address: <none>
MAC: <none>
Counted: <none>
Ready: false
Age: <age>
Users: <none>
OVN: <none>
Problems:
  KO480 error: oeip/bad has no address: no rule can use it
    hint: kubectl ko eip delete bad, then create it anew: create says why it fails
$ eip bind bad pod/web-1 -n vpc1 --timeout 3s
2> error: oeip/bad gets no address: the address is not one that subnet external204 can give
2>   kube-ovn-controller: AddressOutOfRange; nothing was written
2> hint: kubectl ko eip delete bad, then create it with another address
[exit 6]
$ eip delete bad
ovneip.kubeovn.io "bad" deleted
$ eip create same --subnet external204 --ip 10.5.204.101 --ignore KO106
2> warning: KO106 v4Ip 10.5.204.101 is held by ovn-eip/vpc1-external204 in subnet external204
2> error: oeip/same was written, but gets no address: the address is in use in subnet external204: somebody took it first
2>   kube-ovn-controller: AddressConflict
2> hint: kubectl ko eip delete same, then create it with another address
[exit 5]
$ eip delete same
ovneip.kubeovn.io "same" deleted
$ vip create far --subnet vpc1-subnet1 --ip 10.9.9.9 --ignore KO103
2> warning: KO103 v4ip 10.9.9.9 is outside subnet vpc1-subnet1 (192.168.0.0/24)
2> error: vip/far was written, but gets no address: the address is not one that subnet vpc1-subnet1 can give
2>   kube-ovn-controller: AddressOutOfRange
2> hint: kubectl ko vip delete far, then create it with another address
[exit 5]
$ eip create good --subnet external204
ovneip.kubeovn.io/good created: <address 1> (<mac 1>) from subnet external204
$ eip bind good vip/far --timeout 3s
2> error: vip/far has no address, nothing was written: AddressOutOfRange
2> hint: kubectl ko vip show far
[exit 6]
$ vip delete far
vip.kubeovn.io "far" deleted
$ eip delete good
ovneip.kubeovn.io "good" deleted
