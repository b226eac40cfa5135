# Kube-OVN's document on Vips: an address that several pods may hold (docs/vip.md, README.md)
$ vip create web --subnet vpc1-subnet1 --ip 192.168.0.60 -n vpc1 --selector app=web
vip.kubeovn.io/web created: 192.168.0.60 (<mac 1>) in subnet vpc1-subnet1
2> warning: KO215 its virtual port lasts until kube-ovn-controller restarts or the subnet is edited: the controller removes it then and does not make it again
2> hint: kubectl ko vip show web says so when it happened, kubectl ko vip attach web POD makes it again
2> note: KO213 no pod names the Vip in its annotation ovn.kubernetes.io/aaps yet, so nobody may hold the address
2> hint: kubectl ko vip attach web web-1 -n vpc1
$ nbctl --columns=name,type,options,external_ids find Logical_Switch_Port name=web
name : web
type : virtual
options : {virtual-ip="192.168.0.60"}
external_ids : {ls=vpc1-subnet1, vendor=kube-ovn}
$ vip attach web web-1 web-2
pod/web-1 attached: may hold 192.168.0.60 (vip/web)
pod/web-2 attached: may hold 192.168.0.60 (vip/web)
2> hint: kubectl exec -n vpc1 web-1 -- ip addr add 192.168.0.60/24 dev eth0
2> warning: no container of pod vpc1/web-1 may set addresses: add the capability NET_ADMIN to the one that is to hold 192.168.0.60
2> hint: kubectl exec -n vpc1 web-2 -- ip addr add 192.168.0.60/24 dev eth0
2> warning: no container of pod vpc1/web-2 may set addresses: add the capability NET_ADMIN to the one that is to hold 192.168.0.60
$ vip attach web web-1
pod/web-1 attached already: may hold 192.168.0.60 (vip/web)
2> hint: kubectl exec -n vpc1 web-1 -- ip addr add 192.168.0.60/24 dev eth0
2> warning: no container of pod vpc1/web-1 may set addresses: add the capability NET_ADMIN to the one that is to hold 192.168.0.60
$ vip show web
Name: web
Kind: allowed address pair
Subnet: vpc1-subnet1 (192.168.0.0/24)
Addresses: 192.168.0.60
MAC: <mac 1>
Namespace: vpc1
Selector: app:web
Ready: true
Age: <age>
Users:
  pod/vpc1/web-1 may hold its address
  pod/vpc1/web-2 may hold its address
OVN:
  virtual port web (192.168.0.60)
  may be held by: web-1.vpc1 and web-2.vpc1
  held now by: <none>
Problems:
  KO239 note: nobody holds the address of vip/web yet: no pod has answered for it
    hint: add the address inside a pod (vip attach prints the line), or send a gratuitous ARP from it
$ nbctl --columns=name,options find Logical_Switch_Port name=web
name : web
options : {virtual-ip="192.168.0.60", virtual-parents="web-1.vpc1,web-2.vpc1"}
$ nbctl --columns=name,addresses,external_ids find Logical_Switch_Port name=web-1.vpc1
name : web-1.vpc1
addresses : ["<mac 2> 192.168.0.2"]
external_ids : {associated_sg_default-securitygroup="false", attach-vips="true", ls=vpc1-subnet1, pod="vpc1/web-1", security_groups="", vendor=kube-ovn, vips="192.168.0.60"}
$ sbctl --columns=logical_port,type,options,virtual_parent find Port_Binding logical_port=web
logical_port : web
type : virtual
options : {virtual-ip="192.168.0.60", virtual-parents="web-1.vpc1,web-2.vpc1"}
virtual_parent : []
$ vip list web -o wide
NAME NAMESPACE V4IP V6IP MAC SUBNET TYPE READY LENT-TO SELECTOR
web vpc1 192.168.0.60 <none> <mac 1> vpc1-subnet1 <none> true <none> app:web
$ vip delete web
2> error: vip/web is in use, nothing was deleted:
2>   pod/vpc1/web-1 may hold its address
2>   pod/vpc1/web-2 may hold its address
2> hint: kubectl ko vip detach web --all takes it from the pods that may hold it
2> hint: kubectl ko vip delete web --force deletes it all the same: what uses it keeps an address that others may get
[exit 1]
$ vip detach web web-2 --yes
pod/web-2 detached
$ nbctl --columns=name,options find Logical_Switch_Port name=web
name : web
options : {virtual-ip="192.168.0.60", virtual-parents=web-1.vpc1}
$ vip detach web --all --yes
pod/web-1 detached
$ vip delete web
vip.kubeovn.io "web" deleted
$ nbctl --columns=name find Logical_Switch_Port name=web
