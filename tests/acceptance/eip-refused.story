# EIPs and rules that cannot work
$ eip create shop --subnet external204 --ip 10.5.204.254
2> error: oeip/shop was refused, nothing was written
2>   KO105 error: v4Ip 10.5.204.254 is the gateway of subnet external204; the controller would give it out all the same, and the subnet would lose its gateway
2> hint: choose another address, or leave it out and get a free one
[exit 6]
$ eip create shop --subnet external204 --ip 10.5.204.101
2> error: oeip/shop was refused, nothing was written
2>   KO106 error: v4Ip 10.5.204.101 is held by ovn-eip/vpc1-external204 in subnet external204
2> hint: leave the address out and get a free one, or choose another
[exit 6]
$ eip create shop --subnet external20
2> error: oeip/shop was refused, nothing was written
2>   KO115 error: there is no subnet "external20"
2> hint: did you mean external204?
[exit 6]
$ eip create shop --subnet vpc1-subnet1
2> error: oeip/shop was refused, nothing was written
2>   KO403 error: externalSubnet vpc1-subnet1 is an overlay network, which no host outside reaches: the EIP would be ready, and no packet would pass
2> hint: choose a subnet with a vlan: kubectl get subnets -o wide
[exit 6]
$ eip create shop --subnet external204 --dry-run=server
ovneip.kubeovn.io/shop created (server dry run)
$ eip bind shop pod/web-1 -n vpc1
2> Error from server (NotFound): ovn-eips.kubeovn.io "shop" not found
2> hint: kubectl ko eip list
2> hint: --create --subnet EXTERNAL makes the EIP as well
[exit 1]
$ eip bind shop pod/nobody -n vpc1 --create --subnet external204 --timeout 1s
2> Error from server (NotFound): pods "nobody" not found
2> hint: kubectl get pods -n vpc1
[exit 1]
$ eip bind vpc1-external204 pod/web-1 -n vpc1
2> error: the binding of oeip/vpc1-external204 to pod/web-1 was refused, nothing was written
2>   KO424 error: ovn-eip/vpc1-external204 is the address of the VPC's router port: a FIP would send all that is meant for the router to its target
2> hint: use an EIP of type nat: kubectl ko eip list
[exit 6]
$ eip delete vpc1-external204
2> error: oeip/vpc1-external204 is the address of router vpc1 on subnet external204, nothing was deleted: the VPC would lose its way out, and the controller does not make it anew
2> hint: kubectl patch vpc vpc1 --type=merge -p '{"spec":{"enableExternal":false}}' takes the VPC off all external networks, and this EIP with that
[exit 1]
$ eip delete shop
2> Error from server (NotFound): ovn-eips.kubeovn.io "shop" not found
2> hint: kubectl ko eip list
2> hint: nothing was deleted; --ignore-not-found passes over what is not there
[exit 1]
$ fip create shop --eip shop pod/web-1 -n vpc1
2> Error from server (NotFound): ovn-eips.kubeovn.io "shop" not found
2> hint: kubectl ko eip list
2> hint: --create --subnet EXTERNAL makes the EIP as well
[exit 1]
