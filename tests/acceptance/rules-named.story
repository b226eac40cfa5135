# Rules with names of one's own, and the same ones again
$ eip create e1 --subnet external204
ovneip.kubeovn.io/e1 created: <address 1> (<mac 1>) from subnet external204
$ eip create e2 --subnet external204
ovneip.kubeovn.io/e2 created: <address 2> (<mac 2>) from subnet external204
$ fip create front --eip e1 pod/web-1 -n vpc1
ovnfip.kubeovn.io/front created: <address 1> <-> 192.168.0.2 (ip/web-1.vpc1)
$ fip create front --eip e1 pod/web-1 -n vpc1
ovnfip.kubeovn.io/front unchanged: <address 1> <-> 192.168.0.2 (ip/web-1.vpc1)
$ fip create second --eip e1 pod/web-2 -n vpc1
2> error: ofip/front has oeip/e1 already: it leads to ip/web-1.vpc1; nothing was written
2> hint: --reassign moves it: ofip/front is deleted, and the rest of oeip/e1 stays
2> hint: kubectl ko fip delete front
[exit 6]
$ snat create leave --eip e2 subnet/vpc1-subnet1
ovnsnatrule.kubeovn.io/leave created: 192.168.0.0/24 in vpc/vpc1 leaves as <address 2>
$ snat create leave2 --eip e1 subnet/vpc1-subnet1
2> error: osnat/leave has the SNAT of subnet/vpc1-subnet1 already: it has it leave with oeip/e2; nothing was written
2> hint: --reassign moves it: osnat/leave is deleted, and the rest of oeip/e2 stays
2> hint: kubectl ko snat delete leave
[exit 6]
$ dnat create ssh --eip e2 pod/web-2 -n vpc1 --tcp 2222:22
ovndnatrule.kubeovn.io/ssh created: tcp <address 2>:2222 -> 192.168.0.3:22 (ip/web-2.vpc1)
$ fip show front -o yaml
apiVersion: ko.kubeovn.io/v1alpha1
family: ovn
fip:
  apiVersion: kubeovn.io/v1
  kind: OvnFip
  metadata:
    annotations:
      ovn.kubernetes.io/vpc_eip: e1
    creationTimestamp: "<time>"
    finalizers:
    - kubeovn.io/kube-ovn-controller
    generation: 1
    labels:
      ovn.kubernetes.io/eip_v4_ip: "<address 1>"
    name: front
    resourceVersion: <number>
    uid: <uuid 1>
  spec:
    ipName: web-1.vpc1
    ovnEip: e1
  status:
    macAddress: ""
    ready: true
    v4Eip: "<address 1>"
    v4Ip: "192.168.0.2"
    v6Eip: ""
    v6Ip: ""
    vpc: vpc1
kind: FipReport
metadata:
  name: front
ovn:
  nat:
    externalIP: "<address 1>"
    externalMAC: <mac 3>
    logicalIP: "192.168.0.2"
    logicalPort: web-1.vpc1
    options:
      stateless: "false"
    type: dnat_and_snat
  routerPort:
    boundTo: node-a
    gatewayChassis: 1
    name: vpc1-external204
    networks:
    - 10.5.204.101/24
problems: []
ready: true
target:
  addresses:
  - "192.168.0.2"
  behind:
    namespace: vpc1
    node: node-a
    pod: web-1
  exists: true
  name: ip/web-1.vpc1
usesEip:
  addresses:
  - "<address 1>"
  exists: true
  name: e1
$ snat show leave -o yaml
apiVersion: ko.kubeovn.io/v1alpha1
family: ovn
kind: SnatReport
metadata:
  name: leave
ovn:
  nat:
    externalIP: "<address 2>"
    externalMAC: ""
    logicalIP: 192.168.0.0/24
    logicalPort: ""
    options: {}
    type: snat
  routerPort:
    boundTo: node-a
    gatewayChassis: 1
    name: vpc1-external204
    networks:
    - 10.5.204.101/24
problems: []
ready: true
snat:
  apiVersion: kubeovn.io/v1
  kind: OvnSnatRule
  metadata:
    annotations:
      ovn.kubernetes.io/vpc_eip: e2
    creationTimestamp: "<time>"
    finalizers:
    - kubeovn.io/kube-ovn-controller
    generation: 1
    labels:
      ovn.kubernetes.io/eip_v4_ip: "<address 2>"
      ovn.kubernetes.io/eip_v6_ip: ""
    name: leave
    resourceVersion: <number>
    uid: <uuid 2>
  spec:
    ovnEip: e2
    vpcSubnet: vpc1-subnet1
  status:
    ready: true
    v4Eip: "<address 2>"
    v4IpCidr: 192.168.0.0/24
    v6Eip: ""
    v6IpCidr: ""
    vpc: vpc1
target:
  addresses:
  - 192.168.0.0/24
  behind: null
  exists: true
  name: subnet/vpc1-subnet1
usesEip:
  addresses:
  - "<address 2>"
  exists: true
  name: e2
$ dnat show ssh -o yaml
apiVersion: ko.kubeovn.io/v1alpha1
dnat:
  apiVersion: kubeovn.io/v1
  kind: OvnDnatRule
  metadata:
    annotations:
      ovn.kubernetes.io/vpc_eip: e2
    creationTimestamp: "<time>"
    finalizers:
    - kubeovn.io/kube-ovn-controller
    generation: 1
    labels:
      ovn.kubernetes.io/eip_v4_ip: "<address 2>"
      ovn.kubernetes.io/eip_v6_ip: ""
    name: ssh
    resourceVersion: <number>
    uid: <uuid 3>
  spec:
    externalPort: "2222"
    internalPort: "22"
    ipName: web-2.vpc1
    ovnEip: e2
    protocol: tcp
  status:
    externalPort: "2222"
    internalPort: "22"
    ipName: web-2.vpc1
    protocol: tcp
    ready: true
    v4Eip: "<address 2>"
    v4Ip: "192.168.0.3"
    v6Eip: ""
    v6Ip: ""
    vpc: vpc1
family: ovn
kind: DnatReport
metadata:
  name: ssh
ovn:
  loadBalancer:
    name: ssh
    onRouter: true
    protocol: tcp
    vips:
      "<address 2>:2222": 192.168.0.3:22
  routerPort:
    boundTo: node-a
    gatewayChassis: 1
    name: vpc1-external204
    networks:
    - 10.5.204.101/24
problems: []
ready: true
target:
  addresses:
  - "192.168.0.3"
  behind:
    namespace: vpc1
    node: node-a
    pod: web-2
  exists: true
  name: ip/web-2.vpc1 port 22
usesEip:
  addresses:
  - "<address 2>"
  exists: true
  name: e2
$ nat list
NAME KIND EIP EXTERNAL PROTOCOL INTERNAL TARGET ON READY
e1 oeip e1 <address 1> <none> <none> <none> external204 true
e2 oeip e2 <address 2> <none> <none> <none> external204 true
vpc1-external204 oeip vpc1-external204 10.5.204.101 <none> <none> <none> external204 true
front ofip e1 <address 1> <none> 192.168.0.2 web-1.vpc1 vpc1 true
leave osnat e2 <address 2> <none> 192.168.0.0/24 <none> vpc1 true
ssh odnat e2 <address 2>:2222 tcp 192.168.0.3:22 web-2.vpc1 vpc1 true
$ fip delete front
ovnfip.kubeovn.io "front" deleted
$ snat delete leave
ovnsnatrule.kubeovn.io "leave" deleted
$ dnat delete ssh
ovndnatrule.kubeovn.io "ssh" deleted
$ dnat delete ssh
2> Error from server (NotFound): ovn-dnat-rules.kubeovn.io "ssh" not found
2> hint: kubectl ko dnat list
2> hint: nothing was deleted; --ignore-not-found passes over what is not there
[exit 1]
$ eip delete e1 e2
ovneip.kubeovn.io "e1" deleted
ovneip.kubeovn.io "e2" deleted
