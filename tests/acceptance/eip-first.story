# The first command of the README
$ eip bind web pod/web-1 -n vpc1 --create --subnet external204
ovneip.kubeovn.io/web created: <address 1> (<mac 1>) from subnet external204
ovnfip.kubeovn.io/web created: <address 1> <-> 192.168.0.2 (ip/web-1.vpc1)
$ nat list
NAME KIND EIP EXTERNAL PROTOCOL INTERNAL TARGET ON READY
vpc1-external204 oeip vpc1-external204 10.5.204.101 <none> <none> <none> external204 true
web oeip web <address 1> <none> <none> <none> external204 true
web ofip web <address 1> <none> 192.168.0.2 web-1.vpc1 vpc1 true
$ eip list web -o yaml
apiVersion: kubeovn.io/v1
kind: OvnEip
metadata:
  annotations:
    ovn.kubernetes.io/vpc_nat: web
  creationTimestamp: "<time>"
  finalizers:
  - kubeovn.io/kube-ovn-controller
  generation: 2
  labels:
    ovn.kubernetes.io/eip_v4_ip: "<address 1>"
    ovn.kubernetes.io/eip_v6_ip: ""
    ovn.kubernetes.io/ovn_eip_type: nat
    ovn.kubernetes.io/subnet: external204
    ovn.kubernetes.io/vpc: vpc1
  name: web
  resourceVersion: <number>
  uid: <uuid 1>
spec:
  externalSubnet: external204
  macAddress: <mac 1>
  type: nat
  v4Ip: "<address 1>"
  v6Ip: ""
status:
  macAddress: <mac 1>
  nat: fip
  ready: true
  type: nat
  v4Ip: "<address 1>"
  v6Ip: ""
$ fip list web -o yaml
apiVersion: kubeovn.io/v1
kind: OvnFip
metadata:
  annotations:
    ovn.kubernetes.io/vpc_eip: web
  creationTimestamp: "<time>"
  finalizers:
  - kubeovn.io/kube-ovn-controller
  generation: 1
  labels:
    ovn.kubernetes.io/eip_v4_ip: "<address 1>"
  name: web
  resourceVersion: <number>
  uid: <uuid 2>
spec:
  ipName: web-1.vpc1
  ovnEip: web
status:
  macAddress: ""
  ready: true
  v4Eip: "<address 1>"
  v4Ip: "192.168.0.2"
  v6Eip: ""
  v6Ip: ""
  vpc: vpc1
$ ip show pod/web-1 -n vpc1
Name: web-1.vpc1
Kind: address of a pod
For: pod vpc1/web-1
Subnet: vpc1-subnet1 (192.168.0.0/24)
Addresses: 192.168.0.2
MAC: <mac 2>
Ready: true
Age: <age>
Held by: pod vpc1/web-1 on node-a
Kept when:
  its pod goes: no: it is the pod's own
  the controller restarts: yes: pod vpc1/web-1 is there
Users:
  ovn-fip/web points web at it
OVN: port web-1.vpc1 (<mac 2> 192.168.0.2)
$ eip delete web
2> error: oeip/web is in use, nothing was deleted
2>   ofip/web: ip/web-1.vpc1
2> hint: kubectl ko eip delete web --with-rules deletes the rules first
2> hint: kubectl ko eip unbind web --all keeps the EIP
[exit 1]
$ eip delete web --with-rules
ovnfip.kubeovn.io/web deleted
ovneip.kubeovn.io "web" deleted
$ nat list
NAME KIND EIP EXTERNAL PROTOCOL INTERNAL TARGET ON READY
vpc1-external204 oeip vpc1-external204 10.5.204.101 <none> <none> <none> external204 true
