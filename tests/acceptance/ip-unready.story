# What the controller says of a reservation that it gives no address is quoted
$ ip reserve pod/far -n vpc1 --ip 10.9.9.9 --ignore KO103,KO104
2> warning: KO103 v4IpAddress 10.9.9.9 is outside subnet vpc1-subnet1 (192.168.0.0/24)
2> warning: KO307 it lasts until kube-ovn-controller restarts: podType is empty and pod vpc1/far is not there: its address is free again, and garbage collection deletes the IP at a start (it is off now: --gc-interval=0)
2> hint: what lasts: an IPPool that the pod names (ovn.kubernetes.io/ip_pool), a Vip that it takes (ovn.kubernetes.io/vip), or excludeIps of the subnet and the pod's annotation ovn.kubernetes.io/ip_address
2> error: ip/far.vpc1 was written, but gets no address: the address is not one that subnet vpc1-subnet1 can give
2>   kube-ovn-controller: failed to acquire ip address failed to get static address for ip far.vpc1, AddressOutOfRange
2> hint: kubectl ko ip release ip/far.vpc1, then reserve another address
[exit 5]
$ ip release ip/far.vpc1
ip.kubeovn.io/far.vpc1 released
$ ip reserve pod/lost --subnet nowhere --ignore KO115
2> warning: KO115 there is no subnet "nowhere"
2> warning: KO307 it lasts until kube-ovn-controller restarts: podType is empty and pod default/lost is not there: its address is free again, and garbage collection deletes the IP at a start (it is off now: --gc-interval=0)
2> hint: what lasts: an IPPool that the pod names (ovn.kubernetes.io/ip_pool), a Vip that it takes (ovn.kubernetes.io/vip), or excludeIps of the subnet and the pod's annotation ovn.kubernetes.io/ip_address
2> error: ip/lost.default was written, but gets no address: something it needs is not there: failed to get subnet nowhere: subnet.kubeovn.io "nowhere" not found
2>   kube-ovn-controller: failed to get subnet nowhere: subnet.kubeovn.io "nowhere" not found
2> hint: kubectl get subnet nowhere
[exit 5]
$ ip reserve pod/far -n vpc1 --ip 192.168.0.999
2> error: ip/far.vpc1 was refused, nothing was written
2>   KO101 error: v4IpAddress "192.168.0.999" is not an IP address; the controller would give another one without a word
2> hint: write one address without mask, such as <address 1> or fd00::60
[exit 6]
