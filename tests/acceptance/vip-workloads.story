# A Deployment and a StatefulSet whose pods may hold an address
$ vip create share --subnet vpc1-subnet1 --ip 192.168.0.70 -n vpc1
vip.kubeovn.io/share created: 192.168.0.70 (<mac 1>) in subnet vpc1-subnet1
2> warning: KO215 its virtual port lasts until kube-ovn-controller restarts or the subnet is edited: the controller removes it then and does not make it again
2> hint: kubectl ko vip show share says so when it happened, kubectl ko vip attach share POD makes it again
2> hint: kubectl ko vip attach share POD lets a pod of namespace vpc1 hold it
$ vip attach share deploy/api --yes
deployment.apps/api attached: may hold 192.168.0.70 (vip/share)
2> hint: kubectl exec -n vpc1 api-<pod> -- ip addr add 192.168.0.70/24 dev eth0
2> warning: no container of pod vpc1/api-<pod> may set addresses: add the capability NET_ADMIN to the one that is to hold 192.168.0.70
2> hint: kubectl exec -n vpc1 api-<pod> -- ip addr add 192.168.0.70/24 dev eth0
2> warning: no container of pod vpc1/api-<pod> may set addresses: add the capability NET_ADMIN to the one that is to hold 192.168.0.70
$ vip attach share sts/db --yes
statefulset.apps/db attached: may hold 192.168.0.70 (vip/share)
2> hint: kubectl exec -n vpc1 db-0 -- ip addr add 192.168.0.70/24 dev eth0
2> warning: no container of pod vpc1/db-0 may set addresses: add the capability NET_ADMIN to the one that is to hold 192.168.0.70
2> hint: kubectl exec -n vpc1 db-1 -- ip addr add 192.168.0.70/24 dev eth0
2> warning: no container of pod vpc1/db-1 may set addresses: add the capability NET_ADMIN to the one that is to hold 192.168.0.70
$ vip show share
Name: share
Kind: allowed address pair
Subnet: vpc1-subnet1 (192.168.0.0/24)
Addresses: 192.168.0.70
MAC: <mac 1>
Namespace: vpc1
Selector: <none>
Ready: true
Age: <age>
Users:
  pod/vpc1/api-<pod> may hold its address
  pod/vpc1/api-<pod> may hold its address
  pod/vpc1/db-0 may hold its address
  pod/vpc1/db-1 may hold its address
  deployment/vpc1/api gives it to the pods it makes
  statefulset/vpc1/db gives it to the pods it makes
OVN:
  virtual port share (192.168.0.70)
  may be held by: api-<pod>.vpc1, api-<pod>.vpc1, db-0.vpc1 and db-1.vpc1
  held now by: <none>
Problems:
  KO239 note: nobody holds the address of vip/share yet: no pod has answered for it
    hint: add the address inside a pod (vip attach prints the line), or send a gratuitous ARP from it
$ vip detach share deploy/api sts/db --yes
deployment.apps/api detached
statefulset.apps/db detached
$ vip delete share
vip.kubeovn.io "share" deleted
